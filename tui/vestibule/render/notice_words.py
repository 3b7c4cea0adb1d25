"""What happened to one's access, in sentences."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from vestibule.i18n import _
from vestibule.models import FactorKind
from vestibule.render.when import moment
from vestibule.text import visible
from vestibule.two_factor_models import Notice, NoticeKind

CONSOLE = "console"
"""The source of what was done on the server itself."""


def words(notice: Notice, now: datetime, site: ZoneInfo) -> str:
    """``Tue 14:05 · Your recovery code was used (from 10.0.0.7). If it was not you, …``."""
    what = f"{_what(notice)}{_from(notice.source)}. {_what_to_do(notice)}".rstrip()
    return f"{moment(notice.at, now, site)} · {what}"


def _what(notice: Notice) -> str:
    # One sentence per case: in other languages more than the name of the factor changes.
    by_sms = notice.factor is FactorKind.SMS
    match notice.what:
        case NoticeKind.FACTOR_ADDED if by_sms:
            return _("Login codes by text message were set up for you")
        case NoticeKind.FACTOR_ADDED:
            return _("An authenticator app was set up for you")
        case NoticeKind.FACTOR_REMOVED if by_sms:
            return _("Login codes by text message were switched off for you")
        case NoticeKind.FACTOR_REMOVED:
            return _("Your authenticator app was switched off")
        case NoticeKind.FACTORS_RESET:
            return _("Your second factors and your recovery code were removed")
        case NoticeKind.RECOVERY_USED:
            return _("Your recovery code was used to sign in, and replaced")
        case NoticeKind.RECOVERY_MADE:
            return _("A new recovery code was made for you; the one before is dead")
        case NoticeKind.SECOND_FACTOR_FAILED:
            return _("Somebody typed your password right, but not the second factor")


def _from(source: str) -> str:
    """Who did it, or from where."""
    if not source:
        return " " + _("(by an admin)")
    if source == CONSOLE:
        return " " + _("(on the server itself)")
    return " " + _("(from %(address)s)") % {"address": visible(source)}


def _what_to_do(notice: Notice) -> str:
    if not notice.source:
        return _("If you did not ask for it, speak to them.")
    if notice.what is NoticeKind.SECOND_FACTOR_FAILED:
        return _("If it was not you, change your password.")
    return _("If it was not you, change your password and tell an admin.")

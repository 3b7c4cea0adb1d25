"""What text messages say, in the language of who gets them, short enough for one message where possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from vestibule.access.settings import setting
from vestibule.i18n import SOURCE, in_language, marked
from vestibule.sms.settings import SmsSettings
from vestibule.store.engine import Transaction
from vestibule.store.schema import client
from vestibule.two_factor_models import NoticeKind

_SITE_LIMIT = 30
"""Characters of the site's name: with the rest it stays one message."""
_CODE = marked(
    "%(code)s is your verification code for %(site)s. It is valid for %(minutes)d minutes."
    " Never give it to anyone."
)
_TEST = marked("This is a test message from %(site)s.")
_NOTICES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.FACTOR_ADDED: marked("%(site)s: a second factor was added to your access."),
    NoticeKind.FACTOR_REMOVED: marked("%(site)s: a second factor was removed from your access."),
    NoticeKind.FACTORS_RESET: marked("%(site)s: an admin has reset your two-factor login."),
    NoticeKind.RECOVERY_USED: marked("%(site)s: your recovery code was used to sign in."),
    NoticeKind.RECOVERY_MADE: marked("%(site)s: a new recovery code was made for your access."),
    NoticeKind.SECOND_FACTOR_FAILED: marked(
        "%(site)s: somebody gave your password but not your second factor."
        " If it was not you, change your password."
    ),
}


def code(tx: Transaction, language: str, rules: SmsSettings, plain: str, minutes: int) -> str:
    """The message with a code: in the site's own words if it has some."""
    site = _site(tx)
    if rules.text:
        return rules.words(code=plain, site=site, minutes=minutes)
    return in_language(language, _CODE) % {"code": plain, "site": site, "minutes": minutes}


def notice(tx: Transaction, language: str, what: NoticeKind) -> str:
    """The message that tells of something done to the receiver's access."""
    return in_language(language, _NOTICES[what]) % {"site": _site(tx)}


def test(tx: Transaction, language: str) -> str:
    """A message for trying out."""
    return in_language(language, _TEST) % {"site": _site(tx)}


def language_of(tx: Transaction, row_language: str | None) -> str:
    """The client's language, else that of the site: its service account's."""
    if row_language:
        return row_language
    query = select(client.c.language).where(client.c.service)
    return tx.connection.execute(query).scalar() or SOURCE


def _site(tx: Transaction) -> str:
    return str(setting(tx, "system_name"))[:_SITE_LIMIT].strip()

"""How a site stands with its cloud, said on the rows of System that are about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from vestibule import text
from vestibule.cloud_models import CloudStatus
from vestibule.i18n import _
from vestibule.render.cloud_details import problems, update_words
from vestibule.render.sentences import of_code
from vestibule.render.when import moment

ROWS: Final = (
    "serial_number",
    "cloud",
    "cloud_password",
    "automatic_server_update",
    "automatic_connection",
)
"""Rows of System that tell how the site stands with its cloud."""
_OF_SERIAL: Final = frozenset({"cloud_password_wrong", "cloud_key_changed", "cloud_site_unknown"})
_OF_PASSWORD: Final = frozenset({"cloud_password_wrong"})


def row_words(
    key: str, settings: Mapping[str, Any], status: CloudStatus, now: datetime, site: ZoneInfo
) -> list[str]:
    """How the site stands as far as the row ``key`` goes, and the same in fewer words.

    ``settings``: those in force. Empty where there is nothing to say.
    """
    if status.state == "off":
        return []
    said = {
        "serial_number": _serial_words,
        "cloud": _cloud_words,
        "cloud_password": _password_words,
        "automatic_server_update": _update_words,
        "automatic_connection": _connection_words,
    }
    is_off = key.startswith("automatic_") and not settings.get(key)
    if key not in said or is_off:
        return []
    words = (said[key](_brief(status) if is_brief else status, now, site) for is_brief in (False, True))
    return [each for each in words if each]


def _brief(status: CloudStatus) -> CloudStatus:
    """Without what stands in the dialog too: since when there is trouble, and why the last update failed."""
    updates = [msgspec.structs.replace(each, reason="") for each in status.updates]
    return msgspec.structs.replace(status, trouble_at=None, updates=updates)


def fitting(candidates: Sequence[str], width: int, rows: int) -> str:
    """The first of ``candidates`` that fits, else the last; none is cut while another one is whole."""
    room = max(1, width)
    whole = (each for each in candidates if len(text.content(each).wrap(room)) <= rows)
    return next(whole, candidates[-1])


def _cloud_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    if status.state != "registered":
        return _("Not registered yet: the server is about to.")
    said = [_("Registered."), _contact(status, now, site)]
    if status.held < status.newest:
        said.append(
            _("It has version %(held)d of %(newest)d.") % {"held": status.held, "newest": status.newest}
        )
    return " ".join(each for each in said if each)


def _serial_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if "cloud_serial_missing" in status.missing:
        return _alarm(of_code("cloud_serial_missing"))
    if status.trouble in _OF_SERIAL:
        return _wrong(status, now, site)
    said = _("Registered by it with the cloud: %(at)s.")
    return said % {"at": moment(status.registered_at, now, site)} if status.registered_at else ""


def _password_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if "cloud_password_missing" in status.missing:
        return _alarm(of_code("cloud_password_missing"))
    if status.trouble in _OF_PASSWORD:
        return _wrong(status, now, site)
    said = _("The cloud took it: %(at)s.")
    return said % {"at": moment(status.registered_at, now, site)} if status.registered_at else ""


def _update_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    if not status.uploaders:
        return _alarm(_("No uploader is known, so nothing is taken: c shows them, a adds one."))
    if status.waiting:
        return _("A version waits at the cloud; it is looked at now.")
    if not status.updates:
        return _("None has come yet.")
    return _("Last update: %s") % update_words(status.updates[0], now, site)


def _connection_words(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    if wrong := _wrong(status, now, site):
        return wrong
    said = [_contact(status, now, site), _("c shows the link for clients.")]
    return " ".join(each for each in said if each) if status.link else ""


def _wrong(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    """What is missing or in trouble, in one alarm; empty while all is well."""
    found = problems(status)
    if not found:
        return ""
    if status.missing or status.trouble_at is None:
        return _alarm(found[0])
    since = _("Since %(at)s.") % {"at": moment(status.trouble_at, now, site)}
    return _alarm(f"{found[0]} {since}")


def _contact(status: CloudStatus, now: datetime, site: ZoneInfo) -> str:
    said = _("Last contact: %(at)s.")
    return said % {"at": moment(status.contact_at, now, site)} if status.contact_at else ""


def _alarm(sentence: str) -> str:
    return f"! {sentence}"

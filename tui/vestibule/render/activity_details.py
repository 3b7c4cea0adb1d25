"""All that is known of one decision, as labelled lines; and what a verification of the chain has found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vestibule.i18n import LANGUAGES, _, ngettext
from vestibule.models import AuditRow, AuditVerdict, Path
from vestibule.properties import BY_KEY
from vestibule.render import client_words, limit_words, path_words, policy_words
from vestibule.render.activity_row import about, who
from vestibule.render.audit_words import action, outcome
from vestibule.render.client_details import Detail
from vestibule.render.differences import bar
from vestibule.render.property_words import label
from vestibule.render.when import weekday
from vestibule.text import visible

_LISTS = frozenset({"changed", "secrets", "pruned"})
_MOMENTS = frozenset({"valid_from", "valid_until"})
_MINUTES = frozenset({"hours_from", "hours_until"})
_EPOCH = datetime.fromtimestamp(0, UTC)


def details(decision: AuditRow, site: ZoneInfo) -> list[Detail]:
    """The whole row in words; times to the second, with their zone."""
    known = [
        (_("When"), exactly(decision.at, site)),
        (_("Who"), _with_id(who(decision), decision.actor if decision.actor_name else "")),
        (_("From"), decision.source),
        (_("What"), action(decision.action)),
        (_("About"), _with_id(about(decision), decision.subject or "")),
        (_("Outcome"), outcome(decision.outcome)),
    ]
    told = [(_label(key), _value(key, value, site)) for key, value in decision.detail.items()]
    rest = [(_("Row"), str(decision.seq)), (_("Head"), head(decision))]
    return [(name, value) for name, value in [*known, *told, *rest] if value]


def head(decision: AuditRow) -> str:
    """The head of the chain at this row, as a verification takes it."""
    return f"{decision.seq}:{visible(decision.mac)}"


def exactly(when: datetime, site: ZoneInfo) -> str:
    """``2026-12-31 18:00:07 CET``."""
    return f"{when.astimezone(site):%Y-%m-%d %H:%M:%S %Z}"


def verdict_words(verdict: AuditVerdict) -> str:
    """What a verification has found."""
    rows, row = verdict.rows, verdict.first_bad
    if verdict.ok:
        return ngettext("The record is whole: %d row.", "The record is whole: %d rows.", rows) % rows
    return {
        "row_missing": _("The record is not whole: row %d is missing.") % row,
        "row_altered": _("The record is not whole: row %d was altered.") % row,
        "not_the_kept_head": _("This is not the record that the head is of: row %d is another one.") % row,
        "end_missing": _("The record is not whole: its end is missing from row %d on.") % row,
    }.get(verdict.reason or "", _("The record is not whole from row %(row)d on.") % {"row": row})


def rows_done(done: int, whole: int) -> str:
    """How far it is: ``[####      ]  40 %  16000 of 40000 rows``."""
    return bar(done, whole, _("%(done)d of %(whole)d rows") % {"done": done, "whole": whole})


def _with_id(name: str, id: str) -> str:
    return name if not id or id == name else f"{name} ({visible(id)})"


# --- the detail -------------------------------------------------------------------------------


def _label(key: str) -> str:
    of_settings = {**limit_words.labels(), **policy_words.switch_labels()}
    known = {**_client_labels(), **_access_labels(), **_site_labels(), **of_settings}
    return known.get(key) or visible(key, 40)


def _client_labels() -> Mapping[str, str]:
    return {
        "name": _("Name"),
        "username": _("Username"),
        "profile": _("Profile"),
        "kind": _("Kind"),
        "admin": _("Admin"),
        "require_two_factors": _("Require two factors"),
        "cloud_access": _("Cloud access"),
        "enabled": _("Enabled"),
        "valid_from": _("Valid from"),
        "valid_until": _("Valid until"),
        "weekdays": _("Weekdays"),
        "hours_from": _("Hours from"),
        "hours_until": _("Hours until"),
        "phone": _("Phone"),
        "language": _("Language"),
        "note": _("Note"),
    }


def _access_labels() -> Mapping[str, str]:
    return {
        "device": _("Device"),
        "devices": _("Devices"),
        "session": _("Session"),
        "sessions": _("Sessions"),
        "mode": _("Signed in by"),
        "path": _("Path"),
        "first": _("First sign-in"),
        "factor": _("Second factor"),
        "minutes": _("Minutes"),
        "code": _("Code"),
        "component": _("Component"),
        "seats": _("Seats"),
        "purpose": _("Purpose"),
        "delivery": _("Delivery"),
        "reason": _("Reason"),
    }


def _site_labels() -> Mapping[str, str]:
    return {
        "version": _("Version"),
        "from": _("Restored from"),
        "restored": _("Restored version"),
        "changed": _("Changed"),
        "secrets": _("Secrets"),
        "package": _("Package"),
        "pruned": _("No longer kept"),
        "versions_kept": _("Versions kept"),
        "hook": _("Program"),
        "exit": _("Exit code"),
        "seconds": _("Seconds"),
        "size": _("Bytes"),
        "serial": _("Serial number"),
        "signer": _("Uploader"),
        "key": _("Key"),
        "cloud": _("Cloud"),
        "site_name": _("Site name"),
    }


def _value(key: str, value: Any, site: ZoneInfo) -> str:
    if isinstance(value, list):
        parts = [_value(key, part, site) for part in value]
        is_change = len(parts) == 2 and key not in _LISTS
        return " → ".join(dict.fromkeys(parts)) if is_change else ", ".join(parts)
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return _number(key, value, site)
    if isinstance(value, dict):
        return ", ".join(f"{visible(str(name))}: {_value(key, part, site)}" for name, part in value.items())
    return visible(_code(key, str(value)))


def _number(key: str, number: int, site: ZoneInfo) -> str:
    if key in _MOMENTS:
        return exactly(_EPOCH + timedelta(milliseconds=number), site)
    if key in _MINUTES:
        return f"{number // 60:02d}:{number % 60:02d}"
    if key == "weekdays":
        return " ".join(weekday(day) for day in range(1, 8) if number >> (day - 1) & 1)
    return str(number)


def _code(key: str, value: str) -> str:
    """What stands for ``value`` where the record has a code; what people have typed stays as it is."""
    if key in _LISTS:
        return label(value) if value in BY_KEY else value
    known: Mapping[str, str] = {
        "mode": {"otp": _("one-time code"), "password": _("password"), "device": _("remembered device")},
        "factor": {"app": _("authenticator app"), "sms": _("SMS"), "recovery": _("recovery code")},
        "path": {path.value: path_words.word(path) for path in Path},
        "kind": {kind.value: words for kind, words in client_words.kinds()},
        "language": LANGUAGES,
    }.get(key, {})
    return known.get(value, value)

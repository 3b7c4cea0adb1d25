"""From what was typed about a client to the columns that keep it; every field says what is wrong."""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from vestibule import text
from vestibule.access.refused import Refused
from vestibule.access.validity import first_moment, last_moment, weekday_bits
from vestibule.models import ClientFields

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PLAIN = ("admin", "require_two_factors", "cloud_access", "enabled", "hours_from", "hours_until", "language")


def columns_of(fields: ClientFields, row: Any | None) -> dict[str, Any]:
    """The columns that ``fields`` sets; ``row`` is the client as it was, ``None`` for a new one.

    Raises Refused with the field's name.
    """
    columns = {name: getattr(fields, name) for name in _PLAIN if getattr(fields, name) is not UNSET}
    for name, limit in (("name", text.NAME_LIMIT), ("profile", text.NAME_LIMIT), ("note", text.NOTE_LIMIT)):
        value = getattr(fields, name)
        if value is not UNSET:
            columns[name] = line(value, name, limit)
    if fields.kind is not UNSET:
        columns["kind"] = fields.kind.value
    if fields.weekdays is not UNSET:
        columns["weekdays"] = weekday_bits(fields.weekdays)
    columns |= _username(fields) | _phone(fields) | _validity(fields)
    _check_together(columns, row)
    return columns | search_columns(columns, row)


def line(value: str, field: str, limit: int = text.NAME_LIMIT) -> str:
    """``value`` as one clean line. Raises Refused when it holds what may not enter."""
    objection = text.objection(value, limit)
    if objection is not None:
        raise Refused(objection, field=field)
    return text.normal(value)


def search_columns(columns: dict[str, Any], row: Any | None) -> dict[str, str]:
    """The derived columns by which clients are sorted and found."""

    def current(name: str) -> str:
        return str(columns.get(name, getattr(row, name, None)) or "")

    words = "\n".join(current(name) for name in ("name", "username", "profile", "note"))
    return {"name_key": text.name_key(current("name")), "search": text.name_key(words)}


def _username(fields: ClientFields) -> dict[str, str | None]:
    if fields.username is UNSET:
        return {}
    if not fields.username:
        return {"username": None, "username_key": None}
    username = fields.username.strip().casefold()
    if not _USERNAME.fullmatch(username):
        raise Refused("username_invalid", field="username")
    return {"username": username, "username_key": username}


def _phone(fields: ClientFields) -> dict[str, str | None]:
    if fields.phone is UNSET:
        return {}
    if not fields.phone:
        return {"phone": None}
    digits = re.sub(r"[ ()./-]", "", fields.phone)
    if not _PHONE.fullmatch(digits):
        raise Refused("phone_invalid", field="phone")
    return {"phone": digits}


def _validity(fields: ClientFields) -> dict[str, Any]:
    columns: dict[str, int | None] = {}
    if fields.valid_from is not UNSET:
        columns["valid_from"] = first_moment(fields.valid_from, "valid_from") if fields.valid_from else None
    if fields.valid_until is not UNSET:
        end = fields.valid_until
        columns["valid_until"] = last_moment(end, "valid_until") if end else None
    return columns


def _check_together(columns: dict[str, Any], row: Any | None) -> None:
    def current(name: str, default: Any) -> Any:
        return columns.get(name, getattr(row, name, default))

    valid_from, valid_until = current("valid_from", None), current("valid_until", None)
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise Refused("validity_reversed", field="valid_until")
    if current("hours_from", 0) == current("hours_until", 1440):
        raise Refused("hours_empty", field="hours_until")

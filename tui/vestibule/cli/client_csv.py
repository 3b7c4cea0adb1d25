"""Clients as a table in a file, for a spreadsheet: written without secrets, read with every mistake named."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from vestibule.cli import client_options
from vestibule.i18n import LANGUAGES, _
from vestibule.models import Client, ClientFields, ClientLine, Kind
from vestibule.text import NAME_LIMIT, visible

SAID: Final = (
    *("id", "name", "username", "profile", "kind", "admin", "require_two_factors", "cloud_access", "enabled"),
    *("valid_from", "valid_until", "weekdays", "hours", "phone", "language", "note"),
)
"""Columns that are written and read."""
_KNOWN = ("state", "service", "factors", "created_at", "first_login_at", "last_login_at")
"""Columns that are written only; whoever reads them back leaves them alone."""
COLUMNS: Final = (*SAID, *_KNOWN)
_ACTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula; a quote in front keeps it a text."""
_YES, _NO = frozenset({"yes", "true", "on", "1"}), frozenset({"no", "false", "off", "0"})
_ALL_DAYS, _ALL_DAY = list(range(1, 8)), (0, 1440)


class NoTable(Exception):
    """The file is no table of clients; the argument is a sentence that says why."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong in a line of the file, counted from 1 as editors do."""

    line: int
    words: str


@dataclass(frozen=True)
class Table:
    """The lines that can be read, each with its number, and those that cannot."""

    lines: Sequence[tuple[int, ClientLine]]
    wrong: Sequence[Wrong]


# --- to a file --------------------------------------------------------------------------------


def record(client: Client) -> dict[str, Any]:
    """What is written of a client; no code, and nothing that opens anything."""
    return {
        **{name: getattr(client, name) for name in COLUMNS if name != "hours"},
        "hours": [client.hours_from, client.hours_until],
    }


def written(clients: Sequence[Client]) -> str:
    """A header and a line for each of ``clients``."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for client in clients:
        kept = record(client)
        writer.writerow([_cell(name, kept[name]) for name in COLUMNS])
    return file.getvalue()


def guarded(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_ACTS) else text


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if name == "weekdays":
        return "all" if value == _ALL_DAYS else ",".join(str(day) for day in value)
    if name == "hours":
        return (
            "all" if tuple(value) == _ALL_DAY else "-".join(f"{at // 60:02d}:{at % 60:02d}" for at in value)
        )
    if name == "factors":
        return ",".join(value)
    return guarded(visible(str(value)))


# --- from a file ------------------------------------------------------------------------------


def read(data: bytes) -> Table:
    """The table in ``data``. Raises NoTable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoTable(_("This is not UTF-8 text. Save it as “CSV UTF-8”.")) from None
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    lines: list[tuple[int, ClientLine]] = []
    wrong: list[Wrong] = []
    try:
        header = _header(next(rows, []))
        for number, row in _numbered(rows):
            try:
                lines.append((number, _line(header, row)))
            except ValueError as error:
                wrong.append(Wrong(number, str(error)))
    except csv.Error:
        wrong.append(Wrong(rows.line_num, _("This line cannot be read: look at its quotes.")))
    return Table(lines, wrong)


def _header(row: Sequence[str]) -> list[str]:
    names = [name.strip().casefold() for name in row]
    if "name" not in names and "id" not in names:
        known = ", ".join(SAID)
        raise NoTable(_("The first line has to name the columns, among them name or id: %s") % known)
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        told = {"column": visible(unknown[0], NAME_LIMIT), "known": ", ".join(SAID)}
        raise NoTable(_("There is no column “%(column)s”. Known are: %(known)s") % told)
    if len(set(names)) < len(names):
        raise NoTable(_("A column is there twice."))
    return names


def _numbered(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """With the number of the line in which each begins; what is blank is left out."""
    begins = rows.line_num + 1
    for row in rows:
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = rows.line_num + 1


def _line(header: Sequence[str], row: Sequence[str]) -> ClientLine:
    """Raises ValueError with a sentence."""
    if len(row) != len(header):
        raise ValueError(
            _("This line has %(cells)d cells, the header has %(columns)d.") % _counts(row, header)
        )
    cells = {name: _unguarded(cell.strip()) for name, cell in zip(header, row, strict=True) if name in SAID}
    id_ = cells.pop("id", "") or None
    said: dict[str, Any] = {}
    for name, cell in cells.items():
        try:
            said |= _field(name, cell, is_new=id_ is None)
        except (ValueError, argparse.ArgumentTypeError) as error:
            raise ValueError(f"{name}: {error}") from None
    return ClientLine(id=id_, fields=ClientFields(**said))


def _counts(row: Sequence[str], header: Sequence[str]) -> dict[str, int]:
    return {"cells": len(row), "columns": len(header)}


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_ACTS) else cell


def _field(name: str, cell: str, *, is_new: bool) -> Mapping[str, Any]:
    """The field that a cell sets; an empty one clears what may be empty, and leaves the rest as it is."""
    if name in ("name", "profile", "note"):
        return {name: cell}
    if name in ("username", "phone", "valid_from", "valid_until", "language"):
        return {name: _READERS.get(name, str)(cell) if cell else None}
    if not cell:
        return {}
    if name == "hours":
        begin, end = client_options.hours(cell)
        return {"hours_from": begin, "hours_until": end}
    return {name: _READERS[name](cell)}


def _switch(cell: str) -> bool:
    if cell.casefold() in _YES | _NO:
        return cell.casefold() in _YES
    raise ValueError(_("write yes or no"))


def _kind(cell: str) -> Kind:
    try:
        return Kind(cell.casefold())
    except ValueError:
        raise ValueError(_("write internal or external")) from None


def _language(cell: str) -> str:
    if cell.casefold() not in LANGUAGES:
        raise ValueError(_("choose one of: %(known)s") % {"known": ", ".join(LANGUAGES)})
    return cell.casefold()


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "kind": _kind,
    "admin": _switch,
    "require_two_factors": _switch,
    "cloud_access": _switch,
    "enabled": _switch,
    "weekdays": client_options.weekdays,
    "language": _language,
}

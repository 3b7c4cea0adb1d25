"""``vestibule clients export`` and ``import``: all of them as a table, and a table of many at once."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from vestibule.cli import client_csv
from vestibule.cli.client_csv import NoTable, Table, Wrong
from vestibule.cli.here import with_api
from vestibule.cli.output import USAGE, Stop, add_shapes, say, show_json, show_table
from vestibule.i18n import _
from vestibule.models import Client, ClientImport, ClientImported, Problem, WrongLine
from vestibule.render.sentences import sentence
from vestibule.text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED = 1
_AT_ONCE = 500
_LARGEST = 4 * 1024 * 1024
_PAGE = 500


def add_to(group: Any) -> None:
    """Add the commands."""
    exporting = group.add_parser("export", help=_("all clients as a table, without codes and secrets"))
    shapes = exporting.add_mutually_exclusive_group()
    shapes.add_argument("--json", action="store_true", help=_("one JSON document"))
    shapes.add_argument("--csv", action="store_true", help=_("for spreadsheets: so it is without --json"))
    exporting.set_defaults(run=_export)
    importing = group.add_parser("import", help=_("add and edit the clients of a table: all, or none"))
    told = _("its first line names the columns, see: vestibule clients export; - reads it from stdin")
    importing.add_argument("file", metavar="FILE.csv", type=Path, help=told)
    importing.add_argument("--dry-run", action="store_true", help=_("say what would be done, and do nothing"))
    codes = _("write the codes of those who are new to a new file that only you can read")
    importing.add_argument("--codes-out", metavar="F", type=Path, help=codes)
    minutes = _("life of their codes; 0: no codes")
    importing.add_argument("--code-minutes", type=int, default=120, metavar="N", help=minutes)
    add_shapes(importing)
    importing.set_defaults(run=_import)


def _export(options: argparse.Namespace) -> int:
    found = with_api(_all)
    if options.json:
        show_json({"clients": [client_csv.record(client) for client in found], "next": None})
    else:
        sys.stdout.write(client_csv.written(found))
    return 0


async def _all(api: Api) -> list[Client]:
    found: list[Client] = []
    cursor: str | None = None
    while True:
        page = await api.clients(limit=_PAGE, cursor=cursor)
        found += page.clients
        cursor = page.next
        if cursor is None:
            return found


# --- import -----------------------------------------------------------------------------------


def _import(options: argparse.Namespace) -> int:
    table = _read(options.file)
    wants_file = options.codes_out is not None and not options.dry_run
    with _new_file(options.codes_out if wants_file else None) as codes_file:
        done, wrong = _sent(table, options)
        if wrong:
            return _refuse(wrong, options)
        if codes_file is not None:
            _write_codes(codes_file, done.added)
    codes = [] if wants_file else [client for client in done.added if client.code]
    if options.json:
        added = [_added(client, with_code=not wants_file) for client in done.added]
        counts = {"changed": done.changed, "unchanged": done.unchanged, "dry_run": options.dry_run}
        show_json({"added": added, **counts, "wrong": []})
        return 0
    if codes:
        rows = [_code_cells(client) for client in codes]
        show_table((_("Client"), _("Code"), _("Link")), rows, plain=options.plain)
    say(_summary(done, options.dry_run))
    return 0


def _read(file: Path) -> Table:
    """Raises Stop, OSError."""
    data = sys.stdin.buffer.read(_LARGEST + 1) if str(file) == "-" else file.read_bytes()
    try:
        table = client_csv.read(data)
    except NoTable as no_table:
        raise Stop(str(no_table), USAGE) from None
    if not (table.lines or table.wrong):
        raise Stop(_("There is no client in this table."), USAGE)
    if len(table.lines) > _AT_ONCE or len(data) > _LARGEST:
        raise Stop(_("This is too much at once: take %d clients at most.") % _AT_ONCE, USAGE)
    return table


def _sent(table: Table, options: argparse.Namespace) -> tuple[ClientImported, list[Wrong]]:
    """What was done; where lines cannot be read the others are looked at only."""
    done = ClientImported(added=[], changed=0, unchanged=0, wrong=[])
    if table.lines:
        sent = ClientImport(
            clients=[line for _number, line in table.lines],
            code_minutes=options.code_minutes,
            dry_run=options.dry_run or bool(table.wrong),
        )
        done = with_api(lambda api: api.import_clients(sent))
    wrong = [*table.wrong, *(_named(each, table) for each in done.wrong)]
    return done, sorted(wrong, key=lambda each: each.line)


def _named(wrong: WrongLine, table: Table) -> Wrong:
    problem = Problem(
        type="", title=wrong.code, status=422, code=wrong.code, field=wrong.field, detail=wrong.detail
    )
    words = sentence(problem)
    return Wrong(table.lines[wrong.position][0], f"{wrong.field}: {words}" if wrong.field else words)


def _refuse(wrong: Sequence[Wrong], options: argparse.Namespace) -> int:
    if options.json:
        listed = [{"line": each.line, "words": each.words} for each in wrong]
        counts = {"changed": 0, "unchanged": 0, "dry_run": options.dry_run}
        show_json({"added": [], **counts, "wrong": listed})
    else:
        for each in wrong:
            say(_("Line %(line)d: %(words)s") % {"line": each.line, "words": visible(each.words)})
    say(_("Nothing was changed: all lines have to be right."))
    return _REFUSED


def _summary(done: ClientImported, dry_run: bool) -> str:
    counts = {"added": len(done.added), "changed": done.changed, "unchanged": done.unchanged}
    if dry_run:
        return _("To be added: %(added)d, changed: %(changed)d; as they are: %(unchanged)d.") % counts
    return _("Added: %(added)d, changed: %(changed)d; as they are: %(unchanged)d.") % counts


# --- codes ------------------------------------------------------------------------------------


@contextmanager
def _new_file(path: Path | None) -> Iterator[TextIO | None]:
    """Made before anything else, so that codes can be written once there are some; gone if it stays empty."""
    if path is None:
        yield None
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Stop(
            _("%s is there already. Name a new file for the codes.") % visible(str(path)), USAGE
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
    finally:
        if not path.stat().st_size:
            path.unlink()


def _write_codes(file: TextIO, added: Sequence[Client]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("id", "name", "username", "profile", "code", "link", "expires_at"))
    for client in added:
        if client.code is not None:
            said = [client_csv.guarded(each or "") for each in (client.name, client.username, client.profile)]
            code = client.code
            writer.writerow((client.id, *said, code.code, code.link, code.expires_at.isoformat()))
    file.flush()
    os.fsync(file.fileno())


def _added(client: Client, *, with_code: bool) -> Mapping[str, Any]:
    code = client.code if with_code else None
    return {"id": client.id, "name": client.name, "username": client.username, "code": code}


def _code_cells(client: Client) -> tuple[str, str, str]:
    code = client.code
    called = visible(client.name or client.profile, NAME_LIMIT)
    return (called, code.code, code.link) if code else (called, "", "")

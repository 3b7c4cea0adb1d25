"""``vestibule doctor``: whether all is well with this machine's site, and what to do where it is not."""

from __future__ import annotations

import argparse
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.cli import doctor_serving
from vestibule.cli.finding import Finding
from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, show_json, show_table
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote.errors import ApiProblem
from vestibule.render import need_words
from vestibule.render.sentences import of_code, sentence
from vestibule.text import visible
from vestibule.two_factor_models import Requirement, RequirementName

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_ILL = 1
_LISTED = 3
"""Paths that are named; the rest is as it is with them."""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("doctor", help=_("whether all is well here, and what to do where it is not"))
    add_shapes(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    here = folders()
    file = [] if here.site_database.url else _database(here.database)
    findings = [*_files(here.state), *file, *_site(), *doctor_serving.serving(here)]
    ill = any(finding.ok is False for finding in findings)
    if options.json:
        checks = [{"name": each.name, "ok": each.ok, "words": each.words} for each in findings]
        show_json({"ok": not ill, "checks": checks})
    else:
        words = {True: _("yes"), False: _("no"), None: _("not known")}
        rows = [(each.label, words[each.ok], each.words) for each in findings]
        show_table((_("Check"), _("Well"), ""), rows, plain=options.plain)
    return _ILL if ill else 0


def _files(state: Path) -> Iterator[Finding]:
    """Whether the site's folder and all in it are for their owner only."""
    if not state.exists():
        return
    loose = [path for path in _all_in(state) if path.lstat().st_mode & 0o077 and not path.is_symlink()]
    if not loose:
        yield Finding("files", _("Files"), True, _("Only their owner can open them."))
        return
    named = ", ".join(visible(str(path)) for path in loose[:_LISTED]) + (" …" if loose[_LISTED:] else "")
    advice = _("Other users of this machine may open %(files)s. Run: chmod -R go-rwx %(folder)s")
    yield Finding("files", _("Files"), False, advice % {"files": named, "folder": visible(str(state))})


def _all_in(folder: Path) -> Iterator[Path]:
    yield folder
    for at, folders_in, files in os.walk(folder):
        yield from (Path(at, name) for name in (*folders_in, *files))


def _database(file: Path) -> Iterator[Finding]:
    """Whether SQLite finds its own file whole; nothing is said of one that is not there."""
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            torn = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        found, torn = str(error), None
    if found == "ok" and torn is None:
        yield Finding("database", _("Database"), True, _("It is whole."))
    else:
        why = "" if found == "ok" else f" ({visible(found, 200)})"
        yield Finding("database", _("Database"), False, of_code("database_damaged") + why)


def _site() -> Iterator[Finding]:
    """What the server itself says, unless it cannot even begin."""
    try:
        yield from with_api(_asked)
    except ApiProblem as refused:
        yield Finding("site", _("Site"), False, sentence(refused.problem))


async def _asked(api: Api) -> list[Finding]:
    verdict = await api.verify_audit()
    whole = _("No row was altered or removed.")
    altered = _(
        "It was altered from row %(row)s on. Compare it with a backup: vestibule audit verify --head …"
    )
    words = whole if verdict.ok else altered % {"row": verdict.first_bad}
    record = Finding("audit", _("Record of decisions"), verdict.ok, words)
    needs = map(_need, (await api.policy()).requirements)
    return [record, *needs, doctor_serving.cloud(await api.cloud())]


def _need(need: Requirement) -> Finding:
    label = need_words.labels()[need.name]
    unused = need.name is RequirementName.SMS_GATEWAY and need.reason == "sms_unused"
    return Finding(need.name.value, label, True if unused else need.met, need_words.whole(need))

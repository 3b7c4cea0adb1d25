"""``vestibule database``: move this machine's site into another database."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vestibule.cli.output import USAGE, say, show, show_json
from vestibule.config import Database, carries_password, folders
from vestibule.i18n import _
from vestibule.remote.embedded import move_site
from vestibule.render.differences import bar
from vestibule.render.sentences import of_code

_FILE = "file"
_STOPPED = 130
_BROKEN = 1


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("database", help=_("the site's database")).add_subparsers(required=True)
    copying = group.add_parser("copy", help=_("move the site into another database, compared row by row"))
    where = _("postgresql://user@host/name, or “file”: the file in this machine's state folder")
    copying.add_argument("source", metavar=_("FROM"), type=_place, help=where)
    copying.add_argument("target", metavar=_("TO"), type=_place, help=where)
    copying.add_argument("--json", action="store_true", help=_("one JSON document"))
    copying.set_defaults(run=_copy)


def _place(written: str) -> str:
    if written != _FILE and carries_password(written):
        raise argparse.ArgumentTypeError(of_code("database_password_open"))
    if written != _FILE and not written.startswith(("postgresql://", "postgres://")):
        raise argparse.ArgumentTypeError(of_code("database_address"))
    return written


def _copy(options: argparse.Namespace) -> int:
    if options.source == options.target:
        say(_("The site is there already: name two different places."))
        return USAGE
    here = folders()
    password_file = here.site_database.password_file
    places = [
        Database() if written == _FILE else Database(written, password_file, told_openly=True)
        for written in (options.source, options.target)
    ]
    try:
        rows, whole = move_site(here, places[0], places[1], _tell)
    except KeyboardInterrupt:
        say("\n" + _("Stopped. Nothing was changed: the site is where it was."))
        return _STOPPED
    if sys.stderr.isatty():
        say("")
    if options.json:
        show_json({"rows": rows, "audit_ok": whole})
    else:
        show(_("The site has moved: %d rows, each compared with its original.") % rows)
        say(_next(options.target))
        if options.source == _FILE:
            say(_("The file is kept as site.db.moved; delete it once all is well."))
    if not whole:
        say(_("Its record of decisions was altered before; see: vestibule audit verify"))
    return 0 if whole else _BROKEN


def _next(target: str) -> str:
    if target == _FILE:
        return _(
            "Now name no database any more, in config.toml or VESTIBULE_DATABASE, and start the server again."
        )
    return _('Now say in config.toml, under [database]: url = "%s" – and start the servers again.') % target


def _tell(done: int, whole: int) -> None:
    """A line on stderr that is written over, for a person; nothing for a script."""
    if sys.stderr.isatty():
        told = _("%(done)d of %(whole)d rows copied and compared") % {"done": done, "whole": whole}
        sys.stderr.write("\r" + bar(done, whole, told))
        sys.stderr.flush()

"""From the words of a command line to what is asked for; the screens without a command go without it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from vestibule import __version__
from vestibule.cli import GROUPS, THIS_MACHINE_ONLY, argparse_words, desk
from vestibule.config import carries_password
from vestibule.i18n import _
from vestibule.render.sentences import of_code


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for; ``run`` in it does it. Without a command nothing but the screens is imported."""
    site = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_site(site, None)
    elsewhere = _("the site's PostgreSQL, like postgresql://user@host/name; without it, a file")
    site.add_argument("--database", metavar="URL", type=_database, help=elsewhere)
    desk.add_flags(site)
    site.set_defaults(run=desk.run, command="")
    options, rest = site.parse_known_args(arguments)
    if not rest:
        return options
    with argparse_words.translated():
        return parser_of(site, rest).parse_args(arguments)


def _database(written: str) -> str:
    if carries_password(written):
        raise argparse.ArgumentTypeError(of_code("database_password_open"))
    return written


def parser_of(site: argparse.ArgumentParser, rest: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that ``rest`` begins with, or of all."""
    parser = argparse.ArgumentParser(
        prog="vestibule",
        description=_("The access desk of a building's control server. Without a command: the screens."),
        parents=[site],
    )
    parser.add_argument("--version", action="version", version=f"vestibule {__version__}")
    commands = parser.add_subparsers(metavar=_("COMMAND"), dest="command", parser_class=Command)
    for name in (rest[0],) if rest[0] in GROUPS else GROUPS:
        import_module(f"vestibule.cli.{name.replace('-', '_')}").add_to(commands)
    return parser


def add_site(parser: argparse.ArgumentParser, default: Any, *, hidden: bool = False) -> None:
    """Add what says where a command works."""
    where = _("a site elsewhere, like http://192.168.1.10:7550, or its name; VESTIBULE_SITE does it always")
    help_ = argparse.SUPPRESS if hidden else where
    parser.add_argument("--site", metavar="URL", default=default, help=help_)
    proof = _("a file with your password, where a site asks for it; - reads it from stdin")
    help_ = argparse.SUPPRESS if hidden else proof
    parser.add_argument("--password-file", metavar="F", type=Path, default=default, help=help_)


class Command(argparse.ArgumentParser):
    """The parser of a command, or of one in its group: what says where it works may also stand behind it."""

    def __init__(self, *, prog: str, **settings: Any) -> None:
        super().__init__(prog=prog, **settings)
        # Nothing is set here unless it stands here: it would undo what stands before the command.
        add_site(self, argparse.SUPPRESS, hidden=prog.split()[1] in THIS_MACHINE_ONLY)

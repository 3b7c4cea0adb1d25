"""The command line: parse, call ``remote``, print. Data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from vestibule import __version__, i18n
from vestibule.cli import argparse_words, desk, here
from vestibule.cli.output import UNREACHABLE, USAGE, Stop, exit_code, say
from vestibule.config import DATABASE_VARIABLE, carries_password, folders
from vestibule.i18n import _
from vestibule.remote import preferences
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.sites import HERE, Sites
from vestibule.render.sentences import of_code, sentence
from vestibule.text import visible

GROUPS = (
    "demo",
    "setup",
    "serve",
    "kiosk",
    "login",
    "logout",
    "passwd",
    "unlock",
    "doctor",
    "backup",
    "restore",
    "rotate-key",
    "clients",
    "code",
    "system",
    "licences",
    "policy",
    "two-factor",
    "devices",
    "limits",
    "sms",
    "audit",
    "cloud",
    "database",
)
"""The commands, each in a module of its name that is imported when it is asked for."""
THIS_MACHINE_ONLY = frozenset(
    {"demo", "setup", "serve", "unlock", "doctor", "backup", "restore", "rotate-key", "database"}
)
"""Commands that no site elsewhere can be asked for."""
_BY_THEMSELVES = frozenset({"", "kiosk"})
"""The screens and the kiosk go to a site in their own way."""


def run(arguments: Sequence[str]) -> int:
    """Run one command, or open the screens; returns the exit code of design §5."""
    i18n.use(i18n.preferred(os.environ, preferences.load(folders()).language))
    try:
        options = _parse(arguments)
        if options.database:
            # What runs from here on, and looks where the site is, finds it there.
            os.environ[DATABASE_VARIABLE] = options.database
        _choose_site(options)
        result: int = options.run(options)
    except Stop as stop:
        say(stop.sentence)
        return stop.exit_code
    except ApiProblem as refused:
        say(sentence(refused.problem))
        return exit_code(refused.problem)
    except Unreachable as error:
        say(_("The server does not answer (%(reason)s).") % {"reason": visible(str(error))})
        return UNREACHABLE
    except BrokenPipeError:
        # Whoever read the answer has had enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(f"{visible(str(error.filename or ''))}: {error.strerror}")
        return USAGE
    except KeyboardInterrupt:
        return 130
    return result


def _choose_site(options: argparse.Namespace) -> None:
    """``--site``, else ``VESTIBULE_SITE``, else this machine's own. Raises Stop."""
    command = options.command or ""
    here.choose(here.Where())
    if command in THIS_MACHINE_ONLY:
        if options.site:
            raise Stop(_("This command is for this machine only: leave --site out."), USAGE)
        return
    written, sites = options.site or os.environ.get("VESTIBULE_SITE") or HERE, Sites(folders())
    if command in _BY_THEMSELVES:
        address, code = here.through_cloud(written, sites) or (here.known(written, sites) or written, "")
    else:
        address, code = here.named(written, sites)
    here.choose(here.Where(address, options.password_file, code=code))
    options.site = None if address == HERE else address


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Without a command nothing but the screens is imported: they are painted sooner."""
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
        return _parser(site, rest).parse_args(arguments)


def _database(written: str) -> str:
    if carries_password(written):
        raise argparse.ArgumentTypeError(of_code("database_password_open"))
    return written


def _parser(site: argparse.ArgumentParser, rest: Sequence[str]) -> argparse.ArgumentParser:
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

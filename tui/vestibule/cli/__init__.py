"""The command line: parse, call ``remote``, print. Data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from vestibule import __version__, i18n
from vestibule.cli import argparse_words, desk
from vestibule.cli.output import exit_code, say
from vestibule.config import DATABASE_VARIABLE, carries_password, folders
from vestibule.i18n import _
from vestibule.remote import preferences
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.sentences import of_code, sentence
from vestibule.text import visible

USAGE = 2
UNREACHABLE = 69
GROUPS = (
    "demo",
    "setup",
    "serve",
    "kiosk",
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
)
"""The commands, each in a module of its name that is imported when it is asked for."""


def run(arguments: Sequence[str]) -> int:
    """Run one command, or open the screens; returns the exit code of design §5."""
    i18n.use(i18n.preferred(os.environ, preferences.load(folders()).language))
    try:
        options = _parse(arguments)
        if options.database:
            # What runs from here on, and looks where the site is, finds it there.
            os.environ[DATABASE_VARIABLE] = options.database
        if options.site and options.run is not desk.run:
            say(_("Commands work on this machine's own site. Only the screens go to --site so far."))
            return USAGE
        result: int = options.run(options)
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


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Without a command nothing but the screens is imported: they are painted sooner."""
    site = argparse.ArgumentParser(add_help=False)
    site.add_argument("--site", metavar="URL", help=_("a site elsewhere, like http://192.168.1.10:7550"))
    elsewhere = _("the site's PostgreSQL, like postgresql://user@host/name; without it, a file")
    site.add_argument("--database", metavar="URL", type=_database, help=elsewhere)
    desk.add_flags(site)
    site.set_defaults(run=desk.run)
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
    commands = parser.add_subparsers(metavar=_("COMMAND"))
    for name in (rest[0],) if rest[0] in GROUPS else GROUPS:
        import_module(f"vestibule.cli.{name.replace('-', '_')}").add_to(commands)
    return parser

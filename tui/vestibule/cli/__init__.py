"""The command line: parse, call ``remote``, print. Data on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vestibule import i18n
from vestibule.cli import desk
from vestibule.cli.output import UNREACHABLE, USAGE, Stop, exit_code, say
from vestibule.config import DATABASE_VARIABLE, folders
from vestibule.i18n import _
from vestibule.remote import preferences
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.sites import HERE, Sites
from vestibule.render.sentences import sentence
from vestibule.text import visible

if TYPE_CHECKING:
    import argparse

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
_BY_THEMSELVES = frozenset({"kiosk"})
"""The screens and the kiosk go to a site in their own way."""


def run(arguments: Sequence[str]) -> int:
    """Run one command, or open the screens; returns the exit code of design §5."""
    i18n.use(i18n.preferred(os.environ, preferences.load(folders()).language))
    try:
        return _run(arguments) if arguments else desk.open_screens(*_site_by_itself())
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


def _site_by_itself() -> tuple[str | None, str]:
    """Where no word says it: ``VESTIBULE_SITE``, else this machine's own; and a link's code. Raises Stop.

    It is the way to the screens, which are painted sooner without what parses words.
    """
    written = os.environ.get("VESTIBULE_SITE") or HERE
    if written == HERE:
        return None, ""
    from vestibule.cli import here

    return here.named(written, Sites(folders()))


def _run(arguments: Sequence[str]) -> int:
    """Do what is asked for in words. Raises Stop."""
    from vestibule.cli.parsing import parse

    options = parse(arguments)
    if options.database:
        # What runs from here on, and looks where the site is, finds it there.
        os.environ[DATABASE_VARIABLE] = options.database
    _choose_site(options)
    result: int = options.run(options)
    return result


def _choose_site(options: argparse.Namespace) -> None:
    """``--site``, else ``VESTIBULE_SITE``, else this machine's own. Raises Stop."""
    from vestibule.cli import here

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

"""The command line: parse, call ``remote``, print. Data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vestibule import __version__, i18n
from vestibule.cli import audit, clients, code, serve, setup
from vestibule.cli.output import exit_code, say
from vestibule.i18n import _
from vestibule.remote.api import ApiProblem, Unreachable
from vestibule.render.sentences import sentence
from vestibule.text import visible

USAGE = 2
UNREACHABLE = 69


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code of design §5."""
    i18n.use(i18n.preferred())
    options = _parser().parse_args(arguments)
    try:
        result: int = options.run(options)
    except ApiProblem as refused:
        say(sentence(refused.problem))
        return exit_code(refused.problem)
    except Unreachable as error:
        say(_("The server does not answer (%(reason)s).") % {"reason": visible(str(error))})
        return UNREACHABLE
    except OSError as error:
        say(f"{visible(str(error.filename or ''))}: {error.strerror}")
        return USAGE
    except KeyboardInterrupt:
        return 130
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vestibule", description=_("The access desk of a building's control server.")
    )
    parser.add_argument("--version", action="version", version=f"vestibule {__version__}")
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))
    for group in (setup, serve, clients, code, audit):
        group.add_to(commands)
    return parser

"""``vestibule kiosk``: one locked screen for everybody, on a terminal or in a browser."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from functools import partial
from importlib.util import find_spec
from typing import Any

from vestibule.cli import desk
from vestibule.cli.output import say, show
from vestibule.config import folders, links
from vestibule.i18n import _
from vestibule.remote.sites import HERE, address_of

IDLE = 60.0
PORT = 8080
SESSIONS = 4
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LAST_PORT = 65535
_LEAST_IDLE, _LONGEST_IDLE = 1.0, 3600.0


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "kiosk", help=_("one locked screen for everybody: sign in, see one's access")
    )
    parser.add_argument(
        "--idle", type=_seconds, default=IDLE, metavar="SECONDS", help=_("nobody there for so long: clear it")
    )
    parser.add_argument("--codes-only", action="store_true", help=_("offer no password beside codes"))
    desk.add_flags(parser, argparse.SUPPRESS)
    _add_web(parser)
    parser.add_argument(
        "--print", choices=("tty", "web", "sshd"), help=_("print the system's file for this kind of kiosk")
    )
    parser.set_defaults(run=_run)


def _add_web(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--web", action="store_true", help=_("in browsers, instead of this terminal"))
    parser.add_argument("--host", default="127.0.0.1", help=_("where browsers come in"))
    parser.add_argument("--port", type=_port, default=PORT)
    parser.add_argument(
        "--public-url", default="", metavar="URL", help=_("the address in browsers, behind a proxy")
    )
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=_("browsers at a time"))
    parser.add_argument("--plain-http", action="store_true", help=_("allow unencrypted HTTP beyond loopback"))


def _seconds(written: str) -> float:
    number = float(written)
    if not _LEAST_IDLE <= number <= _LONGEST_IDLE:
        raise argparse.ArgumentTypeError(_("a number of seconds from 1 to 3600"))
    return number


def _port(written: str) -> int:
    number = int(written)
    if not 1 <= number <= _LAST_PORT:
        raise argparse.ArgumentTypeError(_("a port is a number from 1 to 65535"))
    return number


def _run(options: argparse.Namespace) -> int:
    if options.print:
        from vestibule.kiosk.host import recipe

        show(recipe(options.print).rstrip("\n"))
        return 0
    try:
        address = address_of(options.site) if options.site else HERE
    except ValueError:
        say(_("Write the site's address like http://192.168.1.10:7550 or https://building.example."))
        return desk.NO_TERMINAL
    if address == HERE and not folders().has_site:
        say(_("There is no site on this machine. Set one up first, or name one with --site."))
        return desk.NO_TERMINAL
    return _in_browsers(options, address) if options.web else _here(options, address)


def _here(options: argparse.Namespace, address: str) -> int:
    # Textual's own variables open its developer's tools.
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say(_("There is no terminal here for the screens. See: vestibule --help"))
        return desk.NO_TERMINAL
    here = folders()
    profile = desk.profile_here(here, desk.wishes(options))
    from vestibule.kiosk.connection import KioskConnection
    from vestibule.kiosk.running import Kiosk, for_ever

    connect = partial(KioskConnection, here, address, links())
    return for_ever(Kiosk(connect, profile, options.idle, options.codes_only))


def _in_browsers(options: argparse.Namespace, address: str) -> int:
    if options.host not in _LOOPBACK and not options.plain_http:
        say(_("Codes would travel unencrypted. Stay on 127.0.0.1 behind TLS, or say --plain-http."))
        return 2
    if find_spec("textual_serve") is None:
        say(_("For browsers install the extra: pip install 'vestibule[kiosk]'"))
        return 2
    from vestibule.web.server import Served, serve

    served = Served(address, options.idle, options.codes_only, max(1, options.sessions), options.public_url)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        listening = socket.create_server((options.host, options.port), family=family, backlog=64)
    except OSError as error:
        said = _("Cannot listen on %(host)s port %(port)d: %(reason)s. Perhaps another server runs there.")
        say(said % {"host": options.host, "port": options.port, "reason": error.strerror})
        return 1
    shown = f"[{options.host}]" if ":" in options.host else options.host
    said = _("The kiosk is at http://%(host)s:%(port)d; Ctrl-C stops.")
    say(said % {"host": shown, "port": listening.getsockname()[1]})
    serve(served, listening)
    return 0

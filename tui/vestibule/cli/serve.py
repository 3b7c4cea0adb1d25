"""``vestibule serve``: answer HTTP for this machine's site."""

from __future__ import annotations

import argparse
import socket
from typing import TYPE_CHECKING, Any

from vestibule.cli.here import links
from vestibule.cli.output import say
from vestibule.config import folders
from vestibule.i18n import _

if TYPE_CHECKING:
    from starlette.applications import Starlette

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_STOP_SECONDS = 3


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help=_("answer HTTP for this machine's site"))
    parser.add_argument("--host", help=_("instead of System's Local IP address"))
    parser.add_argument("--port", type=_port, help=_("instead of System's Server client port"))
    parser.add_argument("--plain-http", action="store_true", help=_("allow unencrypted HTTP beyond loopback"))
    parser.add_argument("--cloud", action="store_true", help=_("be the cloud of other sites too"))
    parser.set_defaults(run=_run)


def _port(written: str) -> int:
    number = int(written)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(_("a port is a number from 1 to 65535"))
    return number


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import served_app

    app, (address, usual_port) = served_app(folders(), links(), cloud=options.cloud)
    host, port = options.host or address, options.port or usual_port
    if host not in _LOOPBACK and not options.plain_http:
        say(_("Passwords would travel unencrypted. Serve on 127.0.0.1 behind TLS, or say --plain-http."))
        return 2
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        said = _("Cannot listen on %(host)s port %(port)d: %(reason)s. Perhaps another server runs there.")
        say(said % {"host": host, "port": port, "reason": error.strerror})
        return 1
    say(_("Serving http://%(host)s:%(port)d; Ctrl-C stops.") % {"host": host, "port": port})
    if not links():
        say(_("Links need https: put a TLS proxy in front and name its address in VESTIBULE_PUBLIC_URL."))
    _serve(app, listening)
    return 0


def _serve(app: Starlette, listening: socket.socket) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Answers those who wait for news when it is told to stop; they would hold it up."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.bell.close_from_signal()
            super().handle_exit(sig, frame)

    # The client's address counts attempts, so no header from outside may set it.
    config = uvicorn.Config(
        app,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    Server(config).run(sockets=[listening])

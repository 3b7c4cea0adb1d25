"""``vestibule serve``: answer HTTP for this machine's site."""

from __future__ import annotations

import argparse
from typing import Any

from vestibule.cli.here import links
from vestibule.cli.output import say
from vestibule.config import folders
from vestibule.i18n import _

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help=_("answer HTTP for this machine's site"))
    parser.add_argument("--host", help=_("instead of System's Local IP address"))
    parser.add_argument("--port", type=int, help=_("instead of System's Server client port"))
    parser.add_argument("--plain-http", action="store_true", help=_("allow unencrypted HTTP beyond loopback"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    import uvicorn

    from vestibule.remote.embedded import served_app

    app, (address, port) = served_app(folders(), links())
    host = options.host or address
    if host not in _LOOPBACK and not options.plain_http:
        say(_("Passwords would travel unencrypted. Serve on 127.0.0.1 behind TLS, or say --plain-http."))
        return 2
    # The client's address counts attempts, so no header from outside may set it.
    uvicorn.run(
        app,
        host=host,
        port=options.port or port,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    return 0

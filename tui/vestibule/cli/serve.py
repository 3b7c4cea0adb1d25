"""``vestibule serve``: answer HTTP for this machine's site."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vestibule.cli.output import exit_code, show
from vestibule.config import folders, links
from vestibule.fingerprint import digits
from vestibule.i18n import _
from vestibule.remote.errors import ApiProblem
from vestibule.render.sentences import sentence

if TYPE_CHECKING:
    from vestibule.server.opening import Opened
    from vestibule.server.serve_settings import ServeSettings

USAGE = 2
_OF_THE_NETWORK = ("host", "port", "certificate", "key", "tls", "plain_http")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help=_("answer HTTP for this machine's site"),
        epilog=_(
            "Each option is also VESTIBULE_SERVE_… in the environment, and a key in [serve] of config.toml."
        ),
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--host", help=_("instead of System's Local IP address"))
    parser.add_argument("--port", help=_("instead of System's Server client port"))
    parser.add_argument("--socket", metavar="PATH", help=_("a unix socket instead of the network"))
    parser.add_argument("--certificate", metavar="FILE", help=_("TLS certificate, in PEM"))
    parser.add_argument("--key", metavar="FILE", help=_("its private key, in PEM"))
    parser.add_argument("--tls", action="store_true", help=_("https on this machine's own address too"))
    parser.add_argument("--plain-http", action="store_true", help=_("allow unencrypted HTTP beyond loopback"))
    parser.add_argument("--cloud", action="store_true", help=_("be the cloud of other sites too"))
    _add_networks(parser)
    parser.add_argument("--log", metavar="text|json", help=_("how the log is written"))
    parser.add_argument("--log-level", metavar="warning|info|debug", help=_("how much is logged"))
    parser.add_argument("--print", choices=("unit",), help=_("print the system's file for this server"))
    parser.set_defaults(run=_run)


def _add_networks(parser: argparse.ArgumentParser) -> None:
    for name, help_text in (
        ("--trusted-proxies", _("whose X-Forwarded-For and X-Forwarded-Proto are believed")),
        ("--local-networks", _("from where clients are local; usually all private networks")),
        ("--cloud-networks", _("what comes by these has come by the cloud")),
        ("--metrics-from", _("who beside this machine may read /metrics")),
    ):
        parser.add_argument(name, metavar="NETWORKS", help=help_text)


def _run(options: argparse.Namespace) -> int:
    flags = vars(options)
    if "print" in flags:
        from vestibule.server.host import unit

        show(unit().rstrip("\n"))
        return 0
    from vestibule.server import logs
    from vestibule.server.opening import CannotOpen
    from vestibule.server.serve_settings import SettingError, serve_settings

    logs.set_up("text", "info")
    try:
        wanted = serve_settings(flags, os.environ, folders().config)
        logs.set_up(wanted.log or "text", wanted.log_level)
        _refuse_contradictions(wanted, flags)
        _serve(wanted)
    except SettingError as error:
        logs.trouble(str(error))
        return USAGE
    except CannotOpen as error:
        logs.trouble(str(error))
        return 1
    except ApiProblem as error:
        logs.trouble(sentence(error.problem))
        return exit_code(error.problem)
    return 0


def _refuse_contradictions(wanted: ServeSettings, flags: Mapping[str, Any]) -> None:
    from vestibule.server.serve_settings import SettingError

    if "socket" in flags and any(name in flags for name in _OF_THE_NETWORK):
        raise SettingError(_("A socket is not on the network: say --socket without the others."))
    if wanted.plain_http and (wanted.tls or wanted.certificate):
        raise SettingError(_("Plain http and a certificate contradict each other: choose one."))


def _serve(wanted: ServeSettings) -> None:
    from vestibule.remote.embedded import served_site
    from vestibule.server import logs, running
    from vestibule.server.opening import opened
    from vestibule.server.own_address import is_everywhere

    server, system = served_site(folders(), links(), cloud=wanted.cloud)
    entrance = opened(wanted, system, folders().state)
    if entrance.certificate is not None and entrance.certificate.self_made:
        server.cloud.certificate = digits(entrance.certificate.fingerprint)
    server.cloud.everywhere = is_everywhere(wanted.host or "")
    logs.set_up(wanted.log or logs.usual_form(), wanted.log_level)
    _say_where(entrance)
    app = running.served(server, wanted.networks, plain_http=wanted.plain_http)
    running.run(server, app, entrance)


def _say_where(entrance: Opened) -> None:
    from vestibule.server.logs import event

    event(_("Serving %(address)s; Ctrl-C stops.") % {"address": entrance.shown}, address=entrance.shown)
    if entrance.certificate is not None:
        shown = entrance.certificate.fingerprint
        event(_("Fingerprint of its certificate: %s") % shown, fingerprint=shown)
    elif entrance.exposed:
        event(_("Passwords travel unencrypted: whoever listens in can sign in."))
    elif not links():
        event(_("Links need https: put a TLS proxy in front and name its address in VESTIBULE_PUBLIC_URL."))

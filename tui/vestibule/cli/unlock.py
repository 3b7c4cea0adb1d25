"""``vestibule unlock``: wrong attempts are forgiven before their time, on the server itself."""

from __future__ import annotations

import argparse
from typing import Any

from vestibule.cli.here import with_api
from vestibule.cli.output import say, show_json
from vestibule.cli.who import find_client
from vestibule.config import folders
from vestibule.i18n import _, ngettext


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    text = _("let a client, or everybody, try again at once after wrong attempts")
    parser = commands.add_parser("unlock", help=text)
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("client", nargs="?", help=_("id, name, username or label"))
    whose.add_argument("--all", action="store_true", help=_("everybody, one-time codes included"))
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from vestibule.remote.embedded import forgive

    client_id = None if options.all else with_api(lambda api: find_client(api, options.client)).id
    count, disabled = forgive(folders(), client_id)
    if options.json:
        show_json({"forgiven": count, "factor_disabled": disabled})
    elif count:
        say(ngettext("%d count is forgiven.", "%d counts are forgiven.", count) % count)
    else:
        say(_("Nobody has to wait."))
    if disabled:
        told = _("A second factor stays disabled after 100 wrong codes. Clear it with: %s")
        say(told % "vestibule two-factor reset")
    return 0

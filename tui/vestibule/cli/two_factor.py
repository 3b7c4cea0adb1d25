"""``vestibule two-factor``: who has second factors, and clearing them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vestibule.cli.asking import agreed
from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show, show_json, show_records, show_table
from vestibule.cli.who import find_client
from vestibule.i18n import _
from vestibule.models import Client, Kind
from vestibule.render.client_details import two_factors
from vestibule.render.client_words import reset_done, reset_question
from vestibule.text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_REFUSED = 1
_PAGE = 500


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("two-factor", help=_("second factors of clients"))
    group = group.add_subparsers(required=True)
    status = group.add_parser("status", help=_("who is asked for a second factor, and who has one"))
    status.add_argument("client", nargs="?", help=_("id, name, username or label"))
    status.set_defaults(run=_status)
    reset = group.add_parser("reset", help=_("clear a client's factors and end its sessions"))
    reset.add_argument("client", help=_("id, name, username or label"))
    reset.add_argument("--yes", action="store_true", help=_("do not ask"))
    reset.set_defaults(run=_reset)
    for parser in (status, reset):
        add_shapes(parser)


def _status(options: argparse.Namespace) -> int:
    if options.client is not None:
        client = with_api(lambda api: find_client(api, options.client))
        if options.json:
            show_json(_document(client))
        elif options.plain:
            state = two_factors(client) or _("not asked for")
            show_records([[(_("Client"), _called(client)), (_("Two factors"), state)]])
        else:
            show(two_factors(client) or _("not asked for"))
        return 0
    found = with_api(_concerned)
    if options.json:
        show_json({"clients": [_document(client) for client in found], "next": None})
    else:
        _show_table(found, options.plain)
    return 0


async def _concerned(api: Api) -> list[Client]:
    """All clients that are asked or have a factor."""
    found: list[Client] = []
    cursor: str | None = None
    while True:
        page = await api.clients(limit=_PAGE, cursor=cursor)
        found += [client for client in page.clients if client.asked or client.factors]
        cursor = page.next
        if cursor is None:
            return found


def _document(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "label": client.label,
        "kind": client.kind,
        "asked": client.asked,
        "required": client.require_two_factors,
        "factors": client.factors,
    }


def _show_table(clients: Sequence[Client], plain: bool) -> None:
    if not clients:
        say(_("Nobody is asked for a second factor, and nobody has one."))
        return
    rows = [
        (
            _called(client),
            _("staff") if client.kind is Kind.INTERNAL else _("guest"),
            two_factors(client),
            client.id,
        )
        for client in clients
    ]
    show_table((_("Client"), _("Kind"), _("Two factors"), _("Id")), rows, plain=plain)


def _reset(options: argparse.Namespace) -> int:
    client = with_api(lambda api: find_client(api, options.client))
    if not options.yes and not agreed(reset_question(_called(client))):
        say(_("Nothing was changed."))
        return _REFUSED
    reset = with_api(lambda api: api.reset_factors(client.id))
    if options.json:
        show_json(reset)
    say(reset_done(_called(reset)))
    return 0


def _called(client: Client) -> str:
    return visible(client.name or client.label, NAME_LIMIT)

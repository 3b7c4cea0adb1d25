"""``vestibule clients``: who may use the building."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli import client_options, clients_exchange
from vestibule.cli.here import with_api
from vestibule.cli.output import Fact, add_shapes, say, show, show_json, show_records
from vestibule.cli.who import find_client
from vestibule.i18n import _
from vestibule.models import Client, ClientFields, ClientNew
from vestibule.render.when import moment, zone
from vestibule.text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("clients", help=_("manage clients")).add_subparsers(required=True)
    listing = _command(group, "list", _list, _("all clients"))
    listing.add_argument("--filter", default="")
    listing.add_argument("--admins", action="store_true", help=_("only who has the Admin option"))
    adding = _command(group, "add", _add, _("add a client with a one-time code"))
    adding.add_argument("name")
    client_options.add_to(adding)
    adding.add_argument(
        "--code-minutes", type=int, default=120, metavar="N", help=_("life of the code; 0: no code")
    )
    editing = _command(group, "edit", _edit, _("change what is said, keep the rest"))
    editing.add_argument("client", help=_("id, name, username or label"))
    editing.add_argument("--name", default=argparse.SUPPRESS)
    client_options.add_to(editing)
    for name, work, text in (
        ("show", _show, _("one client")),
        ("enable", _enable, _("let a client in again")),
        ("disable", _disable, _("keep a client out; ends its sessions")),
        ("remove", _remove, _("delete a client")),
    ):
        _command(group, name, work, text).add_argument("client", help=_("id, name, username or label"))

    clients_exchange.add_to(group)


def _command(group: Any, name: str, work: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = group.add_parser(name, help=text)
    add_shapes(parser)
    parser.set_defaults(run=work)
    return parser


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[list[Client], ZoneInfo]:
        found: list[Client] = []
        cursor: str | None = None
        while True:
            page = await api.clients(
                filter_text=options.filter, limit=500, cursor=cursor, admins=options.admins
            )
            found += page.clients
            cursor = page.next
            if cursor is None:
                return found, await _zone(api)

    found, site = with_api(work)
    if options.json:
        show_json({"clients": found, "next": None})
    elif options.plain:
        show_records(_facts(client, site) for client in found)
    else:
        _show_table(found, site)
    return 0


async def _zone(api: Api) -> ZoneInfo:
    return zone((await api.server()).time_zone)


def _add(options: argparse.Namespace) -> int:
    fields = ClientNew(**client_options.fields(options), code_minutes=options.code_minutes)

    async def work(api: Api) -> tuple[Client, ZoneInfo]:
        return await api.add_client(fields), await _zone(api)

    return _print(*with_api(work), options)


def _edit(options: argparse.Namespace) -> int:
    return _change(options, ClientFields(**client_options.fields(options)))


def _show(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[Client, ZoneInfo]:
        return await find_client(api, options.client), await _zone(api)

    return _print(*with_api(work), options)


def _enable(options: argparse.Namespace) -> int:
    return _change(options, ClientFields(enabled=True))


def _disable(options: argparse.Namespace) -> int:
    return _change(options, ClientFields(enabled=False))


def _change(options: argparse.Namespace, fields: ClientFields) -> int:
    async def work(api: Api) -> tuple[Client, ZoneInfo]:
        client = await find_client(api, options.client)
        return await api.edit_client(client.id, fields), await _zone(api)

    return _print(*with_api(work), options)


def _remove(options: argparse.Namespace) -> int:
    async def work(api: Api) -> Client:
        client = await find_client(api, options.client)
        await api.remove_client(client.id)
        return client

    removed = with_api(work)
    if options.json:
        show_json({"removed": removed.id})
    else:
        say(_("%(name)s is removed.") % {"name": visible(removed.name or removed.label, NAME_LIMIT)})
    return 0


def _print(client: Client, site: ZoneInfo, options: argparse.Namespace) -> int:
    if options.json:
        show_json(client)
        return 0
    if options.plain:
        show_records([_facts(client, site)])
        return 0
    from vestibule.render.client_details import details

    if client.code:
        show(client.code.code)
    for label, value in [*details(client, datetime.now(UTC), site), (_("Id"), client.id)]:
        show(f"{label}: {visible(value)}")
    if client.code:
        show(client.code.link)
    return 0


def _facts(client: Client, site: ZoneInfo) -> list[Fact]:
    """All that is known of a client, its code and link included."""
    from vestibule.cli.client_table import state_word
    from vestibule.render.client_details import details

    now = datetime.now(UTC)
    code = client.code
    facts = [(_("Code"), code.code), (_("Link"), code.link)] if code else []
    ends = [(_("Code ends"), moment(code.expires_at, now, site))] if code else []
    named = {} if client.name else {_("Name"): _("none yet")}
    known = [(label, named.get(label, visible(value))) for label, value in details(client, now, site)]
    return [
        *known[:1],
        (_("State"), state_word(client.state)),
        *facts,
        *ends,
        *known[1:],
        (_("Id"), client.id),
    ]


def _show_table(clients: Sequence[Client], site: ZoneInfo) -> None:
    from vestibule.cli.client_table import table  # its cell widths take a while to import

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table(clients, width, site, datetime.now(UTC)):
        show(line)

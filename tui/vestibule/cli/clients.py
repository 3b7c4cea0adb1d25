"""``vestibule clients``: who may use the building."""

from __future__ import annotations

import argparse
from typing import Any

from vestibule.cli.here import with_api
from vestibule.cli.output import show, show_json
from vestibule.cli.who import find_client
from vestibule.i18n import _
from vestibule.models import Client, ClientFields, ClientNew, Kind
from vestibule.remote.api import Api
from vestibule.text import visible


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("clients", help=_("manage clients")).add_subparsers(required=True)
    listing = _command(group, "list", _list, _("all clients"))
    listing.add_argument("--filter", default="")
    adding = _command(group, "add", _add, _("add a client with a one-time code"))
    adding.add_argument("name")
    for option in ("--username", "--profile", "--valid-from", "--valid-until", "--note", "--phone"):
        adding.add_argument(option)
    adding.add_argument("--external", action="store_true")
    adding.add_argument("--admin", action="store_true")
    for name, work, text in (
        ("show", _show, _("one client")),
        ("enable", _enable, _("let a client in again")),
        ("disable", _disable, _("keep a client out; ends its sessions")),
        ("remove", _remove, _("delete a client")),
    ):
        _command(group, name, work, text).add_argument("client", help=_("id, name, username or label"))


def _command(group: Any, name: str, work: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = group.add_parser(name, help=text)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=work)
    return parser


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> list[Client]:
        found: list[Client] = []
        cursor: str | None = None
        while True:
            page = await api.clients(filter_text=options.filter, limit=500, cursor=cursor)
            found += page.clients
            cursor = page.next
            if cursor is None:
                return found

    found = with_api(work)
    if options.json:
        show_json({"clients": found, "next": None})
    else:
        for client in found:
            show(_line(client))
    return 0


def _add(options: argparse.Namespace) -> int:
    fields = ClientNew(
        name=options.name,
        username=options.username,
        profile=options.profile or "",
        valid_from=options.valid_from,
        valid_until=options.valid_until,
        note=options.note or "",
        phone=options.phone,
        kind=Kind.EXTERNAL if options.external else Kind.INTERNAL,
        admin=options.admin,
    )
    return _print(with_api(lambda api: api.add_client(fields)), options.json)


def _show(options: argparse.Namespace) -> int:
    return _print(with_api(lambda api: find_client(api, options.client)), options.json)


def _enable(options: argparse.Namespace) -> int:
    return _switch(options, True)


def _disable(options: argparse.Namespace) -> int:
    return _switch(options, False)


def _switch(options: argparse.Namespace, enabled: bool) -> int:
    async def work(api: Api) -> Client:
        client = await find_client(api, options.client)
        return await api.edit_client(client.id, ClientFields(enabled=enabled))

    return _print(with_api(work), options.json)


def _remove(options: argparse.Namespace) -> int:
    async def work(api: Api) -> Client:
        client = await find_client(api, options.client)
        await api.remove_client(client.id)
        return client

    removed = with_api(work)
    if options.json:
        show_json({"removed": removed.id})
    return 0


def _print(client: Client, as_json: bool) -> int:
    if as_json:
        show_json(client)
    else:
        show(_line(client))
    return 0


def _line(client: Client) -> str:
    parts = (client.id, client.state.value, visible(client.label), visible(client.profile), client.kind.value)
    return "  ".join(parts)

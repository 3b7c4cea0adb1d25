"""``vestibule devices``: where clients are signed in, and ending that."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from vestibule.cli.asking import agreed
from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show_json, show_table
from vestibule.cli.who import find_client
from vestibule.device_models import Device, Ended, OpenSession
from vestibule.i18n import _
from vestibule.remote.api import Api
from vestibule.remote.errors import ApiProblem
from vestibule.render.device_words import Place, done, end_all_question, end_question, name, places, state
from vestibule.render.sentences import of_code
from vestibule.render.when import moment, zone
from vestibule.text import visible

T = TypeVar("T")
_REFUSED, _USAGE, _NOT_FOUND, _CONFLICT = 1, 2, 3, 5
_PAGE = 200


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("devices", help=_("where clients are signed in")).add_subparsers(
        required=True
    )
    listing = group.add_parser("list", help=_("a client's devices, and its sessions without one"))
    listing.set_defaults(run=_list)
    ending = group.add_parser("end", help=_("sign a device out and forget it, or end a session"))
    for parser in (listing, ending):
        parser.add_argument("client", nargs="?", help=_("id, name, username or label; yourself without"))
        add_shapes(parser)
    which = ending.add_mutually_exclusive_group(required=True)
    which.add_argument("--device", metavar="D", help=_("the name or id of a device, or the id of a session"))
    which.add_argument("--all", action="store_true", help=_("all of them; of your own, all others"))
    ending.add_argument("--yes", action="store_true", help=_("do not ask"))
    ending.set_defaults(run=_end)


async def _whose(api: Api, meant: str | None) -> str | None:
    return None if meant is None else (await find_client(api, meant)).id


async def _listed(api: Api, client_id: str | None) -> tuple[list[Device], list[OpenSession]]:
    """All devices, and all sessions that belong to none."""
    devices: list[Device] = []
    sessions: list[OpenSession] = []
    cursor: str | None = None
    while True:
        page = await api.devices(client_id, _PAGE, cursor)
        devices += page.devices
        cursor = page.next
        if cursor is None:
            break
    while True:
        of_sessions = await api.open_sessions(client_id, _PAGE, cursor, alone=True)
        sessions += of_sessions.sessions
        cursor = of_sessions.next
        if cursor is None:
            return devices, sessions


def _ask(options: argparse.Namespace, work: Callable[[Api], Awaitable[T]]) -> T | None:
    """What ``work`` finds; None, which is told, when nobody is named and nobody is signed in."""
    try:
        return with_api(work)
    except ApiProblem as refused:
        if refused.problem.code != "not_signed_in" or options.client is not None:
            raise
    say(_("Name the client whose devices are meant."))
    return None


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[list[Device], list[OpenSession], ZoneInfo]:
        found = await _listed(api, await _whose(api, options.client))
        return *found, zone((await api.server()).time_zone)

    answer = _ask(options, work)
    if answer is None:
        return _USAGE
    devices, sessions, site = answer
    if options.json:
        show_json({"devices": devices, "sessions": sessions, "next": None})
    else:
        _show(places(devices, sessions), site, options.plain)
    return 0


def _show(found: Sequence[Place], site: ZoneInfo, plain: bool) -> None:
    if not found:
        say(_("No device is remembered, and nobody is signed in."))
        return
    now = datetime.now(UTC)
    header = (_("Device"), _("State"), _("Last seen"), _("Address"), _("First seen"), _("Id"))
    rows = [
        (
            name(place),
            state(place),
            moment(place.last_seen_at, now, site),
            visible(place.last_source),
            moment(place.first_seen_at, now, site),
            place.id,
        )
        for place in found
    ]
    show_table(header, rows, plain=plain)


def _end(options: argparse.Namespace) -> int:
    async def look(api: Api) -> tuple[str | None, list[Place]]:
        client_id = await _whose(api, options.client)
        return client_id, [] if options.all else places(*await _listed(api, client_id))

    answer = _ask(options, look)
    if answer is None:
        return _USAGE
    client_id, found = answer
    if options.all:
        return _ended(options, end_all_question(client_id is None), lambda api: api.end_everywhere(client_id))
    meant = [place for place in found if options.device in (place.id, place.device)]
    if len(meant) != 1:
        say(_("Several devices are called so. Name one by its id.") if meant else of_code("device_gone"))
        return _CONFLICT if meant else _NOT_FOUND
    place = meant[0]

    def end(api: Api) -> Awaitable[Ended]:
        one = api.end_session if place.device is None else api.end_device
        return one(place.id, client_id)

    return _ended(options, end_question(place), end)


def _ended(options: argparse.Namespace, question: str, work: Callable[[Api], Awaitable[Ended]]) -> int:
    if not options.yes and not agreed(question):
        say(_("Nothing was changed."))
        return _REFUSED
    ended = with_api(work)
    if options.json:
        show_json(ended)
    say(done(ended))
    return 0

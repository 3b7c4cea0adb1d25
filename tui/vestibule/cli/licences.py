"""``vestibule licences``: licence codes with their component and seats."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show_json, show_table
from vestibule.i18n import _, ngettext
from vestibule.models import Licence, LicenceNew, Licences
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("licences", help=_("licence codes and seats")).add_subparsers(required=True)
    _command(group, "list", _list, _("all licences"))
    adding = _command(group, "add", _add, _("take a licence up"))
    adding.add_argument("code", help=_("the licence code"))
    adding.add_argument("--component", required=True, metavar="C", help=_("what it is for"))
    adding.add_argument(
        "--seats", required=True, type=int, metavar="N", help=_("clients it is for; 0: it counts none")
    )
    _command(group, "remove", _remove, _("give a licence up")).add_argument(
        "code", help=_("the licence code")
    )


def _command(group: Any, name: str, work: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = group.add_parser(name, help=text)
    add_shapes(parser)
    parser.set_defaults(run=work)
    return parser


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> Licences:
        return await api.licences()

    found = with_api(work)
    if options.json:
        show_json(found)
    else:
        header = (_("Code"), _("Seats"), _("Component"))
        rows = [(visible(each.code), str(each.seats), visible(each.component)) for each in found.licences]
        show_table(header, rows, plain=options.plain)
    _warn(found)
    return 0


def _add(options: argparse.Namespace) -> int:
    new = LicenceNew(code=options.code, component=options.component, seats=options.seats)

    async def work(api: Api) -> tuple[Licence, Licences]:
        return await api.add_licence(new), await api.licences()

    added, now = with_api(work)
    if options.json:
        show_json(added)
    _warn(now)
    return 0


def _remove(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[str, Licences]:
        ids = {licence.code: licence.id for licence in (await api.licences()).licences}
        meant = ids.get(options.code.strip().upper(), "unknown")
        await api.remove_licence(meant)
        return meant, await api.licences()

    removed, now = with_api(work)
    if options.json:
        show_json({"removed": removed})
    _warn(now)
    return 0


def _warn(found: Licences) -> None:
    """Too few seats are told and hinder nothing."""
    if found.missing:
        clients = ngettext("%d client", "%d clients", found.clients) % found.clients
        seats = ngettext("%d seat", "%d seats", found.seats) % found.seats
        more = ngettext("%d more than licensed", "%d more than licensed", found.missing) % found.missing
        told = _("%(clients)s of %(seats)s") % {"clients": clients, "seats": seats}
        say(f"{told} – {more}")

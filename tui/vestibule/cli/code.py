"""``vestibule code``: one-time codes."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, show, show_json, show_records, show_table
from vestibule.cli.qr import print_qr
from vestibule.cli.who import find_client
from vestibule.i18n import _, pgettext
from vestibule.models import Code, OutstandingCode
from vestibule.render.when import countdown, moment, zone
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("code", help=_("one-time codes")).add_subparsers(required=True)
    listing = group.add_parser("list", help=_("codes that would still be taken"))
    add_shapes(listing)
    listing.set_defaults(run=_list)
    for name, work, text in (
        ("issue", _issue, _("a new code; the old one is dead at once")),
        ("show", _show, _("the code that works now")),
        ("revoke", _revoke, _("make the code useless")),
    ):
        parser = group.add_parser(name, help=text)
        parser.add_argument("client", help=_("id, name, username or label"))
        shape = add_shapes(parser)
        parser.set_defaults(run=work)
        if name != "revoke":
            shape.add_argument("--qr", action="store_true", help=_("draw the link as a QR code"))
        if name == "issue":
            parser.add_argument("--minutes", type=int, default=120)


def _list(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[list[OutstandingCode], ZoneInfo]:
        found: list[OutstandingCode] = []
        cursor: str | None = None
        while True:
            page = await api.codes(cursor=cursor)
            found += page.codes
            cursor = page.next
            if cursor is None:
                return found, zone((await api.server()).time_zone)

    found, site = with_api(work)
    if options.json:
        show_json({"codes": found, "next": None})
        return 0
    now = datetime.now(UTC)
    header = (_("Code"), _("Ends"), pgettext("time", "Left"), _("Id"), _("Client"))
    rows = [
        (
            visible(code.label),
            moment(code.expires_at, now, site),
            countdown(code.expires_at, now),
            code.client_id,
            " · ".join(visible(part) for part in (code.name, code.profile) if part),
        )
        for code in found
    ]
    show_table(header, rows, plain=options.plain)
    return 0


def _issue(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[Code, ZoneInfo]:
        code = await api.issue_code((await find_client(api, options.client)).id, options.minutes)
        return code, zone((await api.server()).time_zone)

    return _print(*with_api(work), options)


def _show(options: argparse.Namespace) -> int:
    async def work(api: Api) -> tuple[Code, ZoneInfo]:
        code = await api.code((await find_client(api, options.client)).id)
        return code, zone((await api.server()).time_zone)

    return _print(*with_api(work), options)


def _revoke(options: argparse.Namespace) -> int:
    async def work(api: Api) -> str:
        client = await find_client(api, options.client)
        await api.revoke_code(client.id)
        return client.id

    revoked = with_api(work)
    if options.json:
        show_json({"revoked": revoked})
    return 0


def _print(code: Code, site: ZoneInfo, options: argparse.Namespace) -> int:
    if options.json:
        show_json(code)
        return 0
    if options.plain:
        ends = moment(code.expires_at, datetime.now(UTC), site)
        show_records([[(_("Code"), code.code), (_("Link"), code.link), (_("Code ends"), ends)]])
    else:
        show(code.code)
        show(code.link)
    return print_qr(code.link) if options.qr else 0

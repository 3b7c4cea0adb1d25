"""``vestibule sms``: trying the gateway out, and what was sent."""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vestibule.cli.here import with_api
from vestibule.cli.output import add_shapes, say, show_json, show_table
from vestibule.i18n import _
from vestibule.render.sms_words import delivery_word, purpose_word, reason, result
from vestibule.render.when import moment, zone
from vestibule.text import visible
from vestibule.two_factor_models import Delivery, Sms

if TYPE_CHECKING:
    from vestibule.remote.api import Api

_FAILED = 1
_PATIENCE = 60.0
"""Seconds to wait for what becomes of a message."""
_PAUSE = 0.25
_PAGE = 200


def add_to(commands: Any) -> None:
    """Add the command group to the parser."""
    group = commands.add_parser("sms", help=_("text messages")).add_subparsers(required=True)
    testing = group.add_parser(
        "test", help=_("send a message for trying out, and wait for what becomes of it")
    )
    testing.add_argument("number", help=_("with its country: +41 79 123 45 67"))
    testing.set_defaults(run=_test)
    listing = group.add_parser("list", help=_("newest first"))
    listing.set_defaults(run=_list)
    for parser in (testing, listing):
        add_shapes(parser)


def _test(options: argparse.Namespace) -> int:
    message = with_api(lambda api: _send(api, options.number))
    if options.json:
        show_json(message)
    say(result(message))
    if message.delivery is Delivery.QUEUED:
        say(_("The gateway has not taken it yet. See later: vestibule sms list"))
    return 0 if message.delivery is Delivery.SENT else _FAILED


async def _send(api: Api, number: str) -> Sms:
    """Send it and wait until it is sent or has failed, or patience ends."""
    message = await api.send_test_sms(number)
    deadline = time.monotonic() + _PATIENCE
    while message.delivery is Delivery.QUEUED and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE)
        message = await api.sms(message.id)
    return message


def _list(options: argparse.Namespace) -> int:
    messages, site = with_api(_all)
    if options.json:
        show_json({"messages": messages, "next": None})
        return 0
    now = datetime.now(UTC)
    header = (_("When"), _("State"), _("Number"), _("Purpose"), _("Tries"), _("Reason"))
    show_table(header, [_row(message, now, site, options.plain) for message in messages], plain=options.plain)
    return 0


def _row(message: Sms, now: datetime, site: ZoneInfo, plain: bool) -> tuple[str, ...]:
    return (
        moment(message.at, now, site),
        delivery_word(message.delivery),
        _number(message.phone, plain),
        purpose_word(message.purpose),
        str(message.attempts),
        reason(message),
    )


def _number(phone: str, plain: bool) -> str:
    """As much of a number as is known here; ``plain``: without the dots for the rest."""
    known = visible(phone)
    return _("ends in %(end)s") % {"end": known.replace("•", "").strip()} if plain else known


async def _all(api: Api) -> tuple[list[Sms], ZoneInfo]:
    found: list[Sms] = []
    cursor: str | None = None
    while True:
        page = await api.sms_page(_PAGE, cursor)
        found += page.messages
        cursor = page.next
        if cursor is None:
            return found, zone((await api.server()).time_zone)

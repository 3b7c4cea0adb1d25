"""``vestibule logout``: end this machine's session and device at a site elsewhere, and forget them here."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable
from typing import Any

from vestibule.cli.here import chosen, reach
from vestibule.cli.output import UNREACHABLE, USAGE, Stop, say, show_json
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote import kept_project
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.sites import HERE, Site, Sites

_NOTHING_LEFT = (401, 403)
"""Answers to a token that opens nothing any more."""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("logout", help=_("sign this machine out of a site elsewhere"))
    forget = _("also when the server cannot be told: then it keeps the device in its list")
    parser.add_argument("--forget", action="store_true", help=forget)
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    address = chosen().address
    if address == HERE:
        raise Stop(_("Name the site: vestibule --site URL logout"), USAGE)
    sites = Sites(folders())
    known = sites.get(address)
    if known.device_token is None and known.session_token is None:
        ended = None
        say(_("This machine is not signed in there."))
    else:
        ended = _told(known, forget=options.forget)
        sites.keep_session(address, None)
        sites.keep_token(address, None)
        if ended:
            say(_("This machine is signed out."))
        else:
            say(_("Forgotten here. The server could not be told: end this device there, in My security."))
    kept_project.forget(folders(), address)
    if options.json:
        show_json({"address": address, "ended": ended})
    return 0


def _told(known: Site, *, forget: bool) -> bool:
    """Whether the server knows; with ``forget`` it need not. Raises Stop, ApiProblem."""
    try:
        asyncio.run(_end(known))
    except Unreachable:
        if forget:
            return False
        told = _("The server does not answer, so you are still signed in there. Try again, or add --forget.")
        raise Stop(told, UNREACHABLE) from None
    return True


async def _end(known: Site) -> None:
    async with reach(chosen()) as way:
        api = way.api
        if known.device_token is not None:
            await _gone(api.forget_device(known.device_token.reveal))
        if known.session_token is not None:
            api.use_token(known.session_token.reveal)
            await _gone(api.sign_out())


async def _gone(ending: Awaitable[None]) -> None:
    """Wait for the end of something that may have ended before."""
    try:
        await ending
    except ApiProblem as refused:
        if refused.problem.status not in _NOTHING_LEFT:
            raise

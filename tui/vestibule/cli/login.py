"""``vestibule login``: sign this machine in at a site elsewhere, for the screens and all commands."""

from __future__ import annotations

import argparse
import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.cli import asking, second_factor, there
from vestibule.cli.here import chosen, reach
from vestibule.cli.output import NOT_ALLOWED, USAGE, Stop, say, show_json
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.models import ServerInfo, Session, SignIn, Strength
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.sites import HERE, Sites
from vestibule.render.sentences import sentence
from vestibule.render.when import moment, zone
from vestibule.text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api
    from vestibule.two_factor_models import Challenge

_TRIES = 3


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("login", help=_("sign this machine in at a site elsewhere"))
    parser.add_argument("--username", metavar=_("NAME"), help=_("without: it is asked for"))
    parser.add_argument("--otp", action="store_true", help=_("by a one-time code instead of a password"))
    code = _("a file with the one-time code; - reads it from stdin")
    parser.add_argument("--code-file", type=Path, metavar="F", help=code)
    parser.add_argument("--name", metavar=_("NAME"), help=_("your name, for the first login by a code"))
    device = _("what this machine is called in the list of devices")
    parser.add_argument("--device", metavar=_("NAME"), default=socket.gethostname()[:NAME_LIMIT], help=device)
    known = _("of the server's certificate, as the server shows it: accepted without a question")
    parser.add_argument("--fingerprint", metavar="HEX", default="", help=known)
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    address = chosen().address
    if address == HERE:
        told = _("Name the site: vestibule --site URL login. This machine's own data need no login.")
        raise Stop(told, USAGE)
    info, session = asyncio.run(_sign_in(options))
    until = session.expires_at
    if options.json:
        who = {"id": session.client.id, "name": session.client.name}
        show_json(
            {
                "address": address,
                "site": info.site,
                "client": who,
                "strength": session.strength,
                "session_expires_at": until,
                "by_itself": _by_itself(info, session),
            }
        )
    named = {"site": visible(info.site), "name": visible(session.client.name, NAME_LIMIT)}
    if _by_itself(info, session):
        said = _("You are signed in to %(site)s as %(name)s. This machine signs in by itself from now on.")
        say(said % named)
    else:
        named["until"] = moment(until, datetime.now(UTC), zone(info.time_zone))
        say(_("You are signed in to %(site)s as %(name)s until %(until)s.") % named)
    if session.strength is Strength.ENROLMENT:
        set_up = f"vestibule --site {address}"
        say(
            _("This site asks for two factors, and you have none yet. Set one up on the screens: %s") % set_up
        )
    return 0


def _by_itself(info: ServerInfo, session: Session) -> bool:
    """Whether another session will be opened without asking, once this one has ended."""
    return "device" in info.modes and session.strength is Strength.PASSWORD


async def _sign_in(options: argparse.Namespace) -> tuple[ServerInfo, Session]:
    where, sites = replace(chosen(), fingerprint=options.fingerprint), Sites(folders())
    async with reach(where) as way:
        sites.remember(where.address, way.info)  # a code is not spent where nothing can be kept
        session = await _proven(way.api, options)
        before = sites.get(where.address)
        sites.keep_token(where.address, session.device_token)
        await there.keep(way.api, sites, where.address, session)
        if before.device_token is not None:
            # This machine is another device now; the one before would stay in the list for ever.
            with suppress(ApiProblem, Unreachable):
                await way.api.forget_device(before.device_token.reveal)
    return way.info, session


async def _proven(api: Api, options: argparse.Namespace) -> Session:
    """Ask who it is until the server knows them, or has had enough."""
    if options.otp or options.code_file is not None or (chosen().code and options.username is None):
        return await _through(api, await api.sign_in(_by_code(options)))
    file = chosen().password_file
    username = _known(options.username, _("Username"), "--username")
    tries = 1 if file else _TRIES
    while True:
        tries -= 1
        password = asking.secret(file, _("Password"), "--password-file")
        request = SignIn(mode="password", username=username, password=password, device=options.device)
        try:
            return await _through(api, await api.sign_in(request))
        except ApiProblem as refused:
            if refused.problem.code != "password_wrong" or not tries:
                raise
            say(sentence(refused.problem))


def _by_code(options: argparse.Namespace) -> SignIn:
    file, linked = options.code_file, chosen().code or None
    code = asking.secret_in(file) if file else _known(linked, _("One-time code"), "--code-file")
    name = options.name
    if name is None and asking.is_somebody_there():
        name = asking.ask(_("Your name"))
    return SignIn(mode="otp", code=code, name=name, device=options.device)


async def _through(api: Api, answer: Session | Challenge) -> Session:
    if isinstance(answer, Session):
        return answer
    if not asking.is_somebody_there():
        raise Stop(_("A second factor is needed. Sign in at a terminal."), NOT_ALLOWED)
    return await second_factor.answered(api, answer)


def _known(given: str | None, question: str, option: str) -> str:
    """What was given, or what the person types. Raises Stop where nobody can be asked."""
    if given is not None:
        return given
    asking.need_somebody(option)
    return asking.ask(question)

"""The second window of a login, as questions at a terminal."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from vestibule.cli import asking
from vestibule.cli.output import NOT_ALLOWED, Stop, say
from vestibule.i18n import _
from vestibule.models import FactorKind
from vestibule.remote.errors import ApiProblem
from vestibule.render.security_words import delivery, factor_name
from vestibule.render.sentences import sentence
from vestibule.text import visible
from vestibule.two_factor_models import Delivery, Method

if TYPE_CHECKING:
    from vestibule.models import Session
    from vestibule.remote.api import Api
    from vestibule.two_factor_models import Challenge, SmsCode

_WORTH_ANOTHER = frozenset(
    {
        "factor_code_incomplete",
        "factor_code_wrong",
        "factor_code_used",
        "factor_code_expired",
        "clock_differs",
        "recovery_code_incomplete",
        "recovery_code_wrong",
        "sms_code_missing",
    }
)
"""Refusals after which another code may be right."""
_PATIENCE = 15.0
"""Seconds in which most gateways have taken a message, or have not."""
_PAUSE = 0.25


async def answered(api: Api, challenge: Challenge) -> Session:
    """Ask for codes until the server takes one. The caller has seen that somebody is there.

    Raises Stop when no way is open or the person leaves, ApiProblem when this login is over, Unreachable.
    """
    if not challenge.methods:
        said = _("None of your second factors can be used now. Ask an admin to reset them.")
        raise Stop(said, NOT_ALLOWED)
    method = _way(challenge)
    if method is Method.SMS:
        await _send(api, challenge)
    while True:
        try:
            session = await api.answer(challenge.challenge, method, asking.ask(_question(method)))
        except ApiProblem as refused:
            if refused.problem.code not in _WORTH_ANOTHER:
                raise
            say(sentence(refused.problem))
            continue
        if session.recovery_code is not None:
            say(_("Your recovery code is used up. This is the next one; it is shown once. Keep it safe:"))
            say(session.recovery_code)
        return session


def _way(challenge: Challenge) -> Method:
    """The only way, or the one that is chosen by its number."""
    if len(challenge.methods) == 1:
        return challenge.methods[0]
    say(_("A second factor is needed:"))
    for number, method in enumerate(challenge.methods, start=1):
        say(f"  {number}  {_label(method, challenge.phone or '')}")
    numbers = {str(number): method for number, method in enumerate(challenge.methods, start=1)}
    while True:
        typed = asking.ask(_("Which? Type its number"))
        if typed in numbers:
            return numbers[typed]


def _label(method: Method, phone: str) -> str:
    if method is Method.RECOVERY:
        return _("Recovery code")
    if method is Method.APP:
        return factor_name(FactorKind.APP)
    return _("SMS to %(phone)s") % {"phone": visible(phone)}


def _question(method: Method) -> str:
    return {
        Method.APP: _("Code of your authenticator app"),
        Method.SMS: _("Code of the text message"),
        Method.RECOVERY: _("Recovery code"),
    }[method]


async def _send(api: Api, challenge: Challenge) -> None:
    """Have a message sent, and say what becomes of it as far as that is soon known."""
    code = await _sent(api, challenge)
    deadline = time.monotonic() + _PATIENCE
    while code.delivery is Delivery.QUEUED and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE)
        code = await api.login_code(challenge.challenge)
    say(delivery(code, 0))


async def _sent(api: Api, challenge: Challenge) -> SmsCode:
    """The first message for this login, as soon as it may follow one for something else."""
    while True:
        try:
            return await api.send_login_code(challenge.challenge)
        except ApiProblem as refused:
            if refused.problem.code != "sms_too_soon" or not refused.problem.retry_after:
                raise
            say(_("A code for something else was just sent. The one for this login follows."))
            await asyncio.sleep(refused.problem.retry_after)

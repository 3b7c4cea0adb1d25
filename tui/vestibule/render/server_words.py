"""What the server keeps in English of other programs – gateways, hooks – in the person's language."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from vestibule.i18n import _, marked

_SAID: Final = (
    marked("this gateway keeps no record to ask"),
    marked("cannot be run: %s"),
    marked("The command cannot be run."),
    marked("it took longer than %s s"),
    marked("it was ended by signal %s"),
    marked("it ended with status %s"),
    marked("the file cannot be written: %s"),
    marked("The file cannot be written: %s."),
    marked("others can read it"),
    marked("another program holds it"),
    marked("the gateway did not answer within %s s"),
    marked("the gateway's certificate is not trusted"),
    marked("no connection to the gateway"),
    marked("the connection to the gateway broke"),
    marked("no request can be made from these settings"),
    marked("the request failed (%s)"),
    marked("ca_file cannot be used"),
    marked("The gateway refuses this account (HTTP %s)."),
    marked("The gateway answers HTTP %s."),
    marked("it redirects, and redirects are not followed"),
    marked("its answer cannot be understood"),
    marked("the mail server did not answer within %s s"),
    marked("the mail server lacks what these settings need"),
    marked("the mail server's certificate is not trusted"),
    marked("no connection to the mail server"),
    marked("no mail can be made from these settings"),
    marked("the outbox cannot be written: %s"),
    marked("the spool cannot be read: %s"),
    marked("the modem gave up after its tries"),
    marked("the spool does not have it any more"),
    marked("The spool folder %s does not exist."),
    marked("The spool folder %s cannot be written."),
    marked("gammu-smsd does not run."),
    marked("A message has waited %s s in the outbox: gammu-smsd does not send."),
    marked("Cannot be run: %s"),
    marked("Not run: a newer version is in force."),
    marked("Not run: the server stopped."),
    marked("Stopped: the server stopped."),
    marked("Stopped: it took too long."),
)
"""Sentences of ``vestibule.sms`` and of the hooks; ``%s`` is what they fill in."""


def in_our_words(said: str) -> str:
    """``said`` translated if it is one of the server's sentences; a gateway's own words stay as they are."""
    # What a message says as a reason, the check of a gateway says as a sentence.
    reason = said[:1].lower() + said[1:].removesuffix(".")
    if (whole := _translated(said)) is not None:
        return whole
    part = _translated(reason)
    return said if part is None else f"{part[:1].upper()}{part[1:]}."


def _translated(said: str) -> str | None:
    for sentence, pattern in _patterns().items():
        if found := pattern.fullmatch(said):
            return _(sentence) % found.groups()
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {sentence: re.compile(re.escape(sentence).replace("%s", "(.*)")) for sentence in _SAID}

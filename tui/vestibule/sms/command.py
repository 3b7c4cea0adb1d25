"""A program of the site's own as gateway: the text goes to its stdin, never into an argument."""

from __future__ import annotations

import os

from vestibule import program
from vestibule.sms import placeholders, reasons
from vestibule.sms.channel import NO_RECORD, Message, Progress, Receipt, failed
from vestibule.sms.kinds import Command

_TAIL = 8192  # bytes of stderr that are kept
# What it gets of its time to end on TERM; a tool that holds a modem's lock needs a moment.
_GRACE_SHARE, _GRACE_SECONDS = 0.2, 2.0


class CommandChannel:
    """Exit 0: sent. 75 (EX_TEMPFAIL): worth another try. Anything else: final, and stderr's last line why."""

    kind = "command"

    def __init__(self, settings: Command) -> None:
        self._settings = settings

    def send(self, message: Message) -> Receipt:
        """See ``Channel.send``."""
        values = placeholders.of(message)
        argv = [placeholders.fill(argument, values) for argument in self._settings.argv]
        limit = self._settings.time_limit
        grace = min(_GRACE_SECONDS, limit * _GRACE_SHARE)
        told = message.text.encode()
        try:
            ended = program.run(argv, told, limit=limit - grace, grace=grace, tail=_TAIL, only_errors=True)
        except (OSError, ValueError) as error:
            return failed(f"cannot be run: {getattr(error, 'strerror', None) or 'bad argument'}", again=False)
        if ended.exit is None:
            return failed(f"it took longer than {limit:g} s", again=True)
        if ended.exit == os.EX_OK:
            return Receipt(Progress.SENT)
        why = _last_line(ended.said, message.text) or _ended(ended.exit)
        return failed(why, again=ended.exit == os.EX_TEMPFAIL or ended.exit < 0)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``: the exit status told all."""
        return NO_RECORD

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``: nothing is kept here."""

    def check(self) -> str:
        """See ``Channel.check``: only whether the program could be run; running it would send."""
        program = self._settings.argv[0]
        return "" if os.access(program, os.X_OK) and os.path.isfile(program) else "The command cannot be run."


def _last_line(said: bytes, text: str) -> str:
    lines = said.decode(errors="replace").split("\n")
    filled = [line for line in lines if line.strip()]
    return reasons.fit(filled[-1], text=text) if filled else ""


def _ended(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with status {code}"

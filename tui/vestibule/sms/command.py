"""A program of the site's own as gateway: the text goes to its stdin, never into an argument."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress

from vestibule.sms import placeholders, reasons
from vestibule.sms.channel import NO_RECORD, Message, Progress, Receipt, failed
from vestibule.sms.kinds import Command

_LOOK_SECONDS = 0.05
_TAIL = 8192  # bytes of stderr that are kept
_LAST_READS = 64
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
        began = time.monotonic()
        try:
            process = _start(argv)
        except (OSError, ValueError) as error:
            return failed(f"cannot be run: {getattr(error, 'strerror', None) or 'bad argument'}", again=False)
        with process:
            said, ended = _attend(process, message.text.encode(), began, self._settings.time_limit)
        if not ended:
            return failed(f"it took longer than {self._settings.time_limit:g} s", again=True)
        if process.returncode == os.EX_OK:
            return Receipt(Progress.SENT)
        why = _last_line(said, message.text) or _ended(process.returncode)
        return failed(why, again=process.returncode == os.EX_TEMPFAIL or process.returncode < 0)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``: the exit status told all."""
        return NO_RECORD

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``: nothing is kept here."""

    def check(self) -> str:
        """See ``Channel.check``: only whether the program could be run; running it would send."""
        program = self._settings.argv[0]
        return "" if os.access(program, os.X_OK) and os.path.isfile(program) else "The command cannot be run."


def _start(argv: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: it can be stopped with all it started, and cannot write to our terminal.
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    environment["HOME"] = os.path.expanduser("~")
    return subprocess.Popen(  # noqa: S603 - the owner's own program, by its full path
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def _attend(process: subprocess.Popen[bytes], told: bytes, began: float, limit: float) -> tuple[bytes, bool]:
    """Feed the program and hear it until it ends; False when it had to be stopped."""
    assert process.stdin is not None
    assert process.stderr is not None
    into, out = process.stdin.fileno(), process.stderr.fileno()
    os.set_blocking(into, False)
    os.set_blocking(out, False)
    said, left = b"", memoryview(told)
    grace = min(_GRACE_SECONDS, limit * _GRACE_SHARE)
    while time.monotonic() < began + limit - grace:
        if process.poll() is not None:
            return _heard(out, said), True
        readable, writable, _ = select.select([out], [into] if left else [], [], _LOOK_SECONDS)
        data = _read(out) if readable else b""
        said = (said + data)[-_TAIL:]
        if readable and not data:
            time.sleep(_LOOK_SECONDS)  # it closed stderr, which would be readable for ever
        if writable:
            left = _write(into, left)
            if not left:
                with suppress(OSError):
                    process.stdin.close()
    _stop(process, began + limit)
    return said, False


def _heard(out: int, said: bytes) -> bytes:
    """What it had still to say; what it left running may hold its stderr open for ever."""
    for _ in range(_LAST_READS):
        data = _read(out)
        if not data:
            break
        said = (said + data)[-_TAIL:]
    return said


def _read(out: int) -> bytes:
    try:
        return os.read(out, 65536)
    except BlockingIOError:
        return b""


def _write(into: int, left: memoryview) -> memoryview:
    """Write what fits; a program that does not read is told no more."""
    try:
        return left[os.write(into, left) :]
    except BlockingIOError:
        return left
    except OSError:
        return left[:0]


def _stop(process: subprocess.Popen[bytes], deadline: float) -> None:
    """TERM, then at ``deadline`` KILL, to all that it started. Its id is ours until it is waited for."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    waiting = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while time.monotonic() < deadline and os.waitid(os.P_PID, process.pid, waiting) is None:
        time.sleep(_LOOK_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(said: bytes, text: str) -> str:
    lines = said.decode(errors="replace").split("\n")
    filled = [line for line in lines if line.strip()]
    return reasons.fit(filled[-1], text=text) if filled else ""


def _ended(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with status {code}"

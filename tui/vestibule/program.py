"""Runs a program of the site's own: apart from us, fed on stdin, heard, and stopped in time."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

_LOOK_SECONDS = 0.05
_LAST_READS = 64


@dataclass(frozen=True)
class Ended:
    """What came of it: ``exit`` is None when it had to be stopped; ``said`` is the end of its words."""

    exit: int | None
    said: bytes


def run(
    argv: Sequence[str],
    told: bytes,
    *,
    limit: float,
    grace: float,
    tail: int,
    only_errors: bool = False,
    stopping: threading.Event | None = None,
) -> Ended:
    """Run ``argv`` with ``told`` on stdin; of what it says the last ``tail`` bytes are kept.

    After ``limit`` seconds, or when ``stopping`` is set, all it has started gets TERM, and KILL ``grace``
    seconds later. ``only_errors``: stderr alone is heard. Raises OSError or ValueError when it cannot run.
    """
    deadline = time.monotonic() + limit
    with _start(argv, only_errors) as process:
        said, ended = _attend(process, told, tail, deadline, stopping or threading.Event())
        if not ended:
            _stop(process, grace)
    return Ended(process.returncode if ended else None, said)


def _start(argv: Sequence[str], only_errors: bool) -> subprocess.Popen[bytes]:
    # Only what a shell needs: nothing of our own environment may leak into it.
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    environment["HOME"] = os.path.expanduser("~")
    pipe = subprocess.PIPE
    # A session of its own: it can be stopped with all it started, and cannot write to our terminal.
    return subprocess.Popen(  # noqa: S603 - the owner's own program, by its full path
        argv,
        stdin=pipe,
        stdout=subprocess.DEVNULL if only_errors else pipe,
        stderr=pipe if only_errors else subprocess.STDOUT,
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def _attend(
    process: subprocess.Popen[bytes], told: bytes, tail: int, deadline: float, stopping: threading.Event
) -> tuple[bytes, bool]:
    """Feed the program and hear it until it ends; False when it has to be given up."""
    heard = process.stdout or process.stderr
    assert process.stdin is not None
    assert heard is not None
    into, out = process.stdin.fileno(), heard.fileno()
    os.set_blocking(into, False)
    os.set_blocking(out, False)
    said, left = b"", memoryview(told)
    while time.monotonic() < deadline and not stopping.is_set():
        if process.poll() is not None:
            return (said + _rest(out, tail))[-tail:], True
        readable, writable, _ = select.select([out], [into] if left else [], [], _LOOK_SECONDS)
        data = _read(out) if readable else b""
        said = (said + data)[-tail:]
        if readable and not data:
            time.sleep(_LOOK_SECONDS)  # it closed its end, which would be readable for ever
        if writable:
            left = _write(into, left)
            if not left:
                with suppress(OSError):
                    process.stdin.close()
    return said, False


def _rest(out: int, tail: int) -> bytes:
    """What an ended program had still to say; what it left running may hold its output open for ever."""
    rest = b""
    for _ in range(_LAST_READS):
        data = _read(out)
        if not data:
            break
        rest = (rest + data)[-tail:]
    return rest


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


def _stop(process: subprocess.Popen[bytes], grace: float) -> None:
    """TERM, then KILL, to all that it started. Its id is ours until it is waited for."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    waiting = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while time.monotonic() < deadline and os.waitid(os.P_PID, process.pid, waiting) is None:
        time.sleep(_LOOK_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

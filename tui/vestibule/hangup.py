"""A stop, or a line that is gone, ends the app in order: the terminal is left as it was found."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from typing import TextIO

STOPPED = 128
"""Added to a signal's number: the exit code of a process that the signal ended."""


def on_hangup(leave: Callable[[int], None]) -> None:
    """Call ``leave(exit code)`` at SIGTERM, SIGHUP, or when the terminal is gone without a signal.

    Textual restores the terminal at none of them, and reads a dead one for ever (facts/terminal.md §3.12).
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, STOPPED + number)
    if _is_terminal(sys.stdin):
        threading.Thread(target=_watch, args=(sys.stdin.fileno(), loop, leave), daemon=True).start()


def _is_terminal(given: TextIO) -> bool:
    """Whether it is one, or was: of one that is gone already, ``isatty`` says that it never was."""
    try:
        termios.tcgetattr(given)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    except (OSError, ValueError):  # no file at all
        return False
    return True


def _watch(terminal: int, loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
    """Where there is no controlling terminal (setsid, containers) nobody sends SIGHUP."""
    gone = select.poll()
    gone.register(terminal, 0)  # hang-up and error are reported without being asked for
    gone.poll()
    if not loop.is_closed():
        loop.call_soon_threadsafe(leave, STOPPED + signal.SIGHUP)


def may_stop() -> bool:
    """Whether a shell with job control waits to let this go on.

    Started in the place of a shell (by getty, as sshd's ForceCommand, in a kiosk) a stopped process would
    keep its terminal for ever: Textual stops with SIGSTOP, which nothing refuses.
    """
    return os.getpgrp() != os.getsid(0)

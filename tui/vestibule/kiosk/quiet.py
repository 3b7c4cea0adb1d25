"""The kiosk's terminal between two screens: keys typed then are neither shown nor signals."""

from __future__ import annotations

import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

_BY_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
_LOCAL_FLAGS = 3
CLEAR = "\x1b[2J\x1b[3J\x1b[H"


@contextmanager
def quiet(terminal: int) -> Iterator[None]:
    """Without echo and without signals from the keyboard; afterwards as it was."""
    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ISIG)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _BY_KEYS}
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wipe(terminal: int) -> None:
    """Forget what was typed and not read, and clear the screen: it belongs to somebody who has left."""
    termios.tcflush(terminal, termios.TCIFLUSH)
    sys.stderr.write(CLEAR)
    sys.stderr.flush()

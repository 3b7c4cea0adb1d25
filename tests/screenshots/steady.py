"""A world in which two runs draw the same: a moment that stands still, chance with a seed, a machine's name.

Importing it sets up what Textual and Vestibule read when they are imported.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine

from vestibule import terminal

PROFILE = terminal.prepare({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
os.environ |= {
    "TEXTUAL_THEME": "textual-dark",
    "TEXTUAL_ANIMATIONS": "none",
    "VESTIBULE_LANGUAGE": "en",
}

MACHINE = "reception-pc"
NOON = datetime(2026, 6, 10, 12, 2, tzinfo=ZoneInfo("Europe/Zurich"))
"""A Wednesday at the site; with its zone comes the process's."""


@contextmanager
def steady() -> Iterator[time_machine.Traveller]:
    """The clock stands until it is moved; running times of Textual's timers go on."""
    seed("begin")
    socket.gethostname = lambda: MACHINE
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def seed(what: str) -> None:
    """Codes and secrets are the same in every run from here on. Never outside of pictures."""
    # ``secrets`` has no other source than this one.
    random._urandom = random.Random(what).randbytes  # type: ignore[attr-defined]

"""Runs the kiosk on a terminal, again and again."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from vestibule.hangup import STOPPED
from vestibule.i18n import _
from vestibule.kiosk.app import KioskApp
from vestibule.kiosk.connection import KioskConnection
from vestibule.kiosk.quiet import quiet, wipe
from vestibule.terminal import Profile

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LASTED = 60.0
"""Seconds after which a crash counts as the first one again."""


@dataclass(frozen=True)
class Kiosk:
    """What is shown, and how."""

    connect: Callable[[], KioskConnection]
    profile: Profile
    idle: float
    codes_only: bool


async def once(kiosk: Kiosk) -> int:
    """Show it until it is stopped or crashes; the exit code."""
    connection = kiosk.connect()
    app = KioskApp(connection, kiosk.profile, idle=kiosk.idle, codes_only=kiosk.codes_only)
    try:
        await app.run_async(mouse=kiosk.profile.mouse)
    finally:
        await connection.close()
        sys.stderr.flush()
    return app.return_code or 0


def for_ever(kiosk: Kiosk) -> int:
    """Until a signal ends it. After a crash a calm sentence, then all over again."""
    terminal = sys.stdin.fileno()
    pause = _FIRST_PAUSE
    with quiet(terminal):
        while True:
            began = time.monotonic()
            code = asyncio.run(once(kiosk))
            wipe(terminal)
            if code > STOPPED:
                return code
            pause = _FIRST_PAUSE if time.monotonic() - began > _LASTED else pause
            _rest(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            wipe(terminal)


def _rest(seconds: float) -> None:
    # asyncio has given the signals back to the system, which would leave the terminal silent.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(STOPPED + number))
    sys.stderr.write(_("One moment, please. This screen starts again by itself.") + "\r\n")
    sys.stderr.flush()
    time.sleep(seconds)

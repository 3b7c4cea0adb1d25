"""Tells systemd how it goes (sd_notify(3)): a datagram to the socket it names."""

from __future__ import annotations

import asyncio
import os
import socket


def tell(state: str) -> None:
    """Send ``state``, like ``READY=1``. Without systemd nothing happens; it never fails, and never waits."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    address = "\0" + name[1:] if name.startswith("@") else name
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.sendto(state.encode(), socket.MSG_DONTWAIT, address)
    except OSError:
        return


async def stay_alive() -> None:
    """Say so twice in the time systemd's watchdog gives, as long as this loop runs; without one return."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()) or not microseconds.isdecimal():
        return
    while True:
        tell("WATCHDOG=1")
        await asyncio.sleep(int(microseconds) / 2_000_000)

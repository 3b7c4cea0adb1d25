"""A Textual driver that sends only the cells which change (facts/terminal.md §3.2).

``VESTIBULE_FRUGAL=0`` switches it off.
"""

from __future__ import annotations

import os
import signal
from threading import RLock
from types import FrameType
from typing import Any

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from vestibule.render.cells import Frugal

_PLAIN = "\x1b[m"
"""The terminal's own style: with an unknown one before it, the first frame could not be made shorter."""


class FrugalDriver(LinuxDriver):
    """Writes to the terminal what differs from what is on it, at once and in order."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._shows = app
        self._frugal: Frugal | None = None
        self._on = os.environ.get("VESTIBULE_FRUGAL") != "0"
        # Also the thread that reads the keys writes, and so do signal handlers, between any two steps
        # of the same thread.
        self._lock = RLock()
        self._inside = False
        self._stale = False

    def forget(self) -> None:
        """Write everything anew from now on: something else may have written on the terminal."""
        self._stale = True

    def write(self, data: str) -> None:
        """Write data to the terminal, less what it shows already."""
        with self._lock:
            if needed := self._needed(data):
                super().write(needed)

    def _needed(self, data: str) -> str:
        if not self._on:
            return data
        if self._inside:
            # A signal handler writes in the middle of a frame.
            self._stale = True
            return data
        self._inside = True
        try:
            return self._picture().feed(data)
        except Exception:
            # An optimisation must never break the screen. What was shown so far is as without it.
            self._on = False
            self._frugal = None
            return data
        finally:
            self._inside = False

    def _picture(self) -> Frugal:
        size = self._shows.size
        if self._frugal is None:
            self._frugal = Frugal(*size)
        if self._stale or (self._frugal.columns, self._frugal.rows) != size:
            self._stale = False
            self._frugal.resize(*size)
        return self._frugal

    def process_message(self, message: Message) -> None:
        """Pass on an event; after a new size nobody knows what the terminal has made of the picture."""
        if isinstance(message, events.Resize):
            self._stale = True
        super().process_message(message)

    def start_application_mode(self) -> None:
        """Take the terminal, and note every change of its size, also one that is taken back at once."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(_PLAIN)
        resized = signal.getsignal(signal.SIGWINCH)

        def note(number: int, frame: FrameType | None) -> None:
            self._stale = True
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, note)

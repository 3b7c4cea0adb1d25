"""One line for sentences: what was done, what is wrong, what is being worked on. Instead of toasts,
which cost 8 kB each and lie over what one wants to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from vestibule import text

SLOW = 0.3
"""Seconds after which work shows that it works."""


class Tone(Enum):
    """What kind of sentence it is; the mark says it without colour."""

    DONE = ""
    BUSY = "… "
    PROBLEM = "! "


class StatusLine(Static):
    """Shows the last sentence; one that asks for nothing goes away by itself."""

    DEFAULT_CSS = """
    StatusLine { height: auto; min-height: 1; max-height: 3; padding: 0 1; }
    StatusLine.-problem { color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False
    SECONDS = 8.0

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._fading: Timer | None = None
        self._works: list[str] = []
        self.tone = Tone.DONE
        self.sentence = ""

    def say(self, sentence: str, tone: Tone = Tone.DONE) -> None:
        """Show ``sentence``, which may hold foreign text."""
        if self._fading is not None:
            self._fading.stop()
            self._fading = None
        self.sentence, self.tone = sentence, tone
        self._show()
        if sentence and tone is Tone.DONE:
            self._fading = self.set_timer(self.SECONDS, partial(self._fade, sentence))

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Say ``what`` is done if that takes longer than ``SLOW``; then the sentence comes back."""
        over: list[bool] = []

        def begin() -> None:
            if not over:  # its time may have come just when the work was done
                self._works.append(what)
                self._show()

        slow = self.set_timer(SLOW, begin)
        try:
            yield
        finally:
            over.append(True)
            slow.stop()
            if what in self._works:
                self._works.remove(what)
                self._show()

    def _show(self) -> None:
        sentence, tone = (self._works[-1], Tone.BUSY) if self._works else (self.sentence, self.tone)
        self.set_class(tone is Tone.PROBLEM, "-problem")
        self.update(Content.assemble(tone.value, text.content(sentence)))

    def _fade(self, sentence: str) -> None:
        # Its time may have come just when another sentence was said.
        if self.sentence == sentence:
            self.clear()

    def clear(self) -> None:
        """Say nothing."""
        if self.sentence:
            self.say("")

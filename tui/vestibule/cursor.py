"""The terminal's own cursor stands where the focus is: screen readers and braille displays follow it.

It is hidden, as everywhere in Textual, unless ``VESTIBULE_PLAIN`` asks for it: some readers find only one
that can be seen.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from rich.cells import cell_len
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from vestibule.plain import wants_plain

R = TypeVar("R")
_SHOW = "\x1b[?25h"
_INSTEAD = "Heading, .dialog, HeaderLine"
"""Where the cursor stands on a screen on which nothing takes the focus."""


class CursorFollowsFocus(App[R], Generic[R]):
    """An app that says with every frame where the focus is by then."""

    @property
    def cursor_position(self) -> Offset:
        """The cell of the terminal's cursor; Textual asks for it at the end of every frame."""
        return place(self.screen)

    @cursor_position.setter
    def cursor_position(self, _said: Offset) -> None:
        """Textual's inputs say theirs, and nothing else does: it is asked for instead."""

    def on_ready(self) -> None:
        """Show it to who needs it, also after the terminal was given back for a while."""
        if wants_plain():
            self._show_cursor()
            self.app_resume_signal.subscribe(self, lambda _app: self._show_cursor())

    def _show_cursor(self) -> None:
        if self._driver is not None:
            self._driver.write(_SHOW)


def place(screen: Screen[object]) -> Offset:
    """The cell of ``screen`` at which somebody works: the letter, the row, the word or the button."""
    focused = screen.focused
    if focused is None:
        found = next(iter(screen.query(_INSTEAD)), None)
        return found.region.offset if found is not None else Offset(0, 0)
    begin = focused.content_region.offset
    return begin + (_letter(focused) if isinstance(focused, Input) else at_cursor(focused))


def _letter(field: Input) -> Offset:
    """Where the next letter goes. Textual's own offset is one cell too far after the last letter."""
    before = field.value[: field.cursor_position]
    # A secret is as many dots as it has letters.
    return Offset((len(before) if field.password else cell_len(before)) - field.scroll_offset.x, 0)


def at_cursor(widget: Widget) -> Offset:
    """Where in ``widget`` keys act: lists and choices say it, all others begin with it."""
    at: Offset = getattr(widget, "at_cursor", Offset(0, 0))
    return at

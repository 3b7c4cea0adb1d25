"""The keys in force, on one line. Unlike Footer it repaints only when they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from vestibule.render.key_names import spoken

Keys = tuple[tuple[str, str], ...]
"""Pairs of a key and what it does, the most important first."""


class KeyLine(Widget):
    """One line of ``key action`` pairs; what does not fit is left out whole, and ``…`` says so.

    ``?``, which shows all keys, is left out last. A widget that takes Enter for itself says by its property
    ``at_enter`` what the key does there.
    """

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; padding: 0 1; background: $surface; }"
    ALLOW_SELECT: ClassVar[bool] = False
    keys: reactive[Keys] = reactive(())
    at_enter: reactive[str] = reactive("")
    """What Enter does where the focus is, if what has it takes the key for itself."""

    def __init__(
        self, keys: Sequence[tuple[str, str]] = (), *, menu: bool = False, id: str | None = None
    ) -> None:
        """``menu``: what is said of Enter is true of all buttons, and their labels are long."""
        super().__init__(id=id)
        self._menu = menu
        self.set_reactive(KeyLine.keys, tuple(keys))

    def on_mount(self) -> None:
        """Follow the focus: on a button Enter presses that one, whatever it does elsewhere."""
        self.watch(self.screen, "focused", self._follow)

    def _follow(self, focused: Widget | None) -> None:
        self.at_enter = "" if self._menu else getattr(focused, "at_enter", "")

    @property
    def said(self) -> Keys:
        """The pairs as they are shown with the focus where it is."""
        return tuple(
            (key, self.at_enter if key == "Enter" and self.at_enter else does) for key, does in self.keys
        )

    def say(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these keys from now on."""
        self.keys = tuple(keys)

    def render(self) -> Content:
        """As many whole pairs as there is room for."""
        pairs = [Content.assemble((spoken(key), "bold"), " ", action) for key, action in self.said]
        room = self.content_size.width
        whole = _line(pairs)
        if whole.cell_length <= room:
            return whole
        end = [Content("…"), *(pair for pair, (key, _) in zip(pairs, self.keys, strict=True) if key == "?")]
        pairs = [pair for pair in pairs if pair not in end]
        while pairs and _line([*pairs, *end]).cell_length > room:
            pairs.pop()
        return _line([*pairs, *end])


def _line(parts: Sequence[Content]) -> Content:
    return Content("  ").join(parts)

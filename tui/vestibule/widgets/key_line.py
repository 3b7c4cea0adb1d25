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

    ``?``, which shows all keys, is left out last.
    """

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; padding: 0 1; background: $surface; }"
    ALLOW_SELECT: ClassVar[bool] = False
    keys: reactive[Keys] = reactive(())

    def __init__(self, keys: Sequence[tuple[str, str]] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(KeyLine.keys, tuple(keys))

    def say(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these keys from now on."""
        self.keys = tuple(keys)

    def render(self) -> Content:
        """As many whole pairs as there is room for."""
        pairs = [Content.assemble((spoken(key), "bold"), " ", action) for key, action in self.keys]
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

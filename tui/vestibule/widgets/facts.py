"""A few lines of which some change; only these are painted anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Facts(Widget):
    """Shows lines that fit; they are wrapped already."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS: ClassVar[str] = "Facts { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Content] = []

    def say(self, lines: Sequence[Content]) -> None:
        """Show ``lines`` from now on. There is a new layout only where their number decides the height."""
        before, self._lines = self._lines, list(lines)
        if len(before) != len(self._lines) and self.styles.auto_dimensions:
            self.refresh(layout=True)
            return
        none = Content()
        for y in range(max(len(before), len(self._lines))):
            old, new = (each[y] if y < len(each) else none for each in (before, self._lines))
            if not new.is_same(old):
                self.refresh(Region(0, y, self.size.width, 1))

    def render(self) -> Content:
        """The lines one below the other."""
        return Content("\n").join(self._lines)

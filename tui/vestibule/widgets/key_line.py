"""The keys in force, on one line. Unlike Footer it repaints only when they change."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static


class KeyLine(Static):
    """One line of ``key action`` pairs."""

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; padding: 0 1; background: $surface; }"
    ALLOW_SELECT = False

    def __init__(self, keys: Sequence[tuple[str, str]] = (), *, id: str | None = None) -> None:
        super().__init__(_line(keys), id=id, markup=False)

    def say(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these keys from now on."""
        self.update(_line(keys))


def _line(keys: Sequence[tuple[str, str]]) -> Content:
    parts = [Content.assemble((key, "bold"), " ", action) for key, action in keys]
    return Content("  ").join(parts)

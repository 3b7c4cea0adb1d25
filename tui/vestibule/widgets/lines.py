"""Lines of foreign text in a pane of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vestibule import text


class Lines(VerticalScroll):
    """Lines of foreign text, scrolled by keys; its mark of focus is bold."""

    DEFAULT_CSS: ClassVar[str] = """
    Lines { height: 1fr; min-height: 3; scrollbar-size-vertical: 0; overflow-x: hidden; padding: 0 1; }
    Lines:focus { text-style: bold; }
    Lines Static { height: auto; }
    """
    ALLOW_SELECT: ClassVar[bool] = False

    def compose(self) -> ComposeResult:
        """The lines as one text."""
        yield Static("", markup=False)

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines from now on."""
        self.put(Content("\n").join(text.content(line) for line in lines))

    @property
    def room(self) -> int:
        """Cells of a line, beside a scrollbar that may come."""
        return max(1, self.content_size.width - 1)

    def put(self, content: Content) -> None:
        """Show ``content``, fit to be shown, from now on."""
        self.query_one(Static).update(content)

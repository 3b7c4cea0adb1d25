"""The upper border of a dialog, with a title at the left and room for a control at the far right."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vestibule import text


class TitleBar(Horizontal):
    """``┌ Haus Lindenhof ───────  Password │[OTP] ┐`` above a body with the other three borders."""

    DEFAULT_CSS = """
    TitleBar { height: 1; }
    TitleBar .title { width: auto; max-width: 60%; text-style: bold; }
    TitleBar .rule { width: 1fr; height: 1; overflow: hidden; }
    TitleBar .corner { width: auto; }
    """

    def __init__(self, title: str, control: Widget | None = None, *, id: str | None = None) -> None:
        """``title`` is foreign text."""
        super().__init__(id=id)
        self._title = title
        self._control = control

    def compose(self) -> ComposeResult:
        """Corner, title, rule, control, corner."""
        yield Static("┌", classes="corner", markup=False)
        yield Static(self._content(self._title), classes="title", markup=False)
        yield Static("─" * 200, classes="rule", markup=False)
        if self._control is not None:
            yield self._control
        yield Static("┐", classes="corner", markup=False)

    def say(self, title: str) -> None:
        """Another title."""
        if title != self._title:
            self._title = title
            self.query_one(".title", Static).update(self._content(title))

    @staticmethod
    def _content(title: str) -> Content:
        return Content.assemble(" ", text.content(title), " ")

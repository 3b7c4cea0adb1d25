"""The upper border of a dialog, with a title at the left and room for a control at the far right."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from vestibule import text

_CORNERS = 4
"""Cells of the two corners and of the space around the title."""
_LEAST_RULE = 1


class TitleBar(Widget):
    """``┌ Haus Lindenhof ───────  Password │[OTP] ┐`` above a body with the other three borders.

    The bar draws itself; the control lies on its rule.
    """

    DEFAULT_CSS = "TitleBar { layout: horizontal; height: 1; align-horizontal: right; }"
    title: reactive[str] = reactive("")
    """Foreign text."""

    def __init__(self, title: str, control: Widget, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(TitleBar.title, title)
        self._control = control

    def say(self, title: str) -> None:
        """This title; how much of it has room depends on whether the control is shown."""
        self.title = title
        self.refresh()

    def compose(self) -> ComposeResult:
        """The control."""
        yield self._control

    def render(self) -> Content:
        """Corner, title, rule, corner."""
        width = self.size.width
        control = self._control.outer_size.width if self._control.display else 0
        room = max(1, width - control - _CORNERS - _LEAST_RULE)
        title = text.content(self.title, "bold").truncate(room, ellipsis=True)
        rule = "─" * max(0, width - title.cell_length - _CORNERS)
        return Content.assemble("┌ ", title, " ", rule, "┐")

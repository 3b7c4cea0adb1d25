"""The upper border of a dialog, with a title at the left and room for a control at the far right."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from vestibule import text


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

    def compose(self) -> ComposeResult:
        """The control."""
        yield self._control

    def render(self) -> Content:
        """Corner, title, rule, corner."""
        width = self.size.width
        title = text.content(self.title, "bold").truncate(max(1, width - 30), ellipsis=True)
        rule = "─" * max(0, width - title.cell_length - 4)
        return Content.assemble("┌ ", title, " ", rule, "┐")

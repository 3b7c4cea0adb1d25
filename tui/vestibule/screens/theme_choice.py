"""Which colours to work in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from vestibule.i18n import _, marked
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


def names() -> dict[str, str]:
    """Theme → what people call it."""
    return {
        "dark": _("Dark"),
        "light": _("Light"),
        "contrast": _("High contrast"),
        "16": _("Terminal colours"),
        "mono": _("Without colours"),
    }


class ThemeChoice(Dialog[str | None]):
    """Gives the theme that was chosen, None when all stays as it is."""

    CSS_PATH = "user_menu.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f9", "close", marked("Back")),
        Binding("down", "app.focus_next", marked("Next button"), show=False),
        Binding("up", "app.focus_previous", marked("Previous button"), show=False),
    ]

    def __init__(self, offered: Sequence[str], current: str) -> None:
        super().__init__()
        self._offered = offered
        self._current = current

    def compose(self) -> ComposeResult:
        """One button per theme, the present one marked; the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "F9 " + _("Theme")
            for choice in self._offered:
                mark = "* " if choice == self._current else ""
                yield PushButton(names()[choice], id=f"theme-{choice}", mark=mark)
        yield KeyLine([("Enter", _("choose")), ("↑↓", _("move")), ("Esc", _("back"))], menu=True)

    def on_mount(self) -> None:
        """Begin where one is."""
        if self._current in self._offered:
            self.query_one(f"#theme-{self._current}").focus()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """This one."""
        self.leave((event.button.id or "").removeprefix("theme-"))

    def action_close(self) -> None:
        """As it is."""
        self.leave(None)

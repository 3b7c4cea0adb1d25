"""Keys on the screen, for a finger, a mouse or the arrow keys: they type into the field of the focus."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Key, MouseDown
from textual.geometry import Offset, Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from vestibule.i18n import _, marked
from vestibule.kiosk.layouts import ERASE, NEXT_PAGE, SPACE, Grid, grid, keys, tallest
from vestibule.widgets.code_field import CodeInput

KINDS = {"code": "code", "last": "code", "name": "name", "number": "digits"}
"""Kinds of keys by the id of the field; all others take any text."""


class Keypad(Widget, can_focus=True):
    """One focus stop. A click leaves the cursor where it is; typing while it has the focus types on."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1, 0)", marked("Move"), show=False),
        Binding("right", "move(1, 0)", marked("Move"), show=False),
        Binding("up", "move(0, -1)", marked("Move"), show=False),
        Binding("down", "move(0, 1)", marked("Move"), show=False),
        Binding("enter,space", "press", marked("Press this key"), show=False),
        Binding("backspace", "erase", marked("Erase"), show=False),
    ]
    DEFAULT_CSS = "Keypad { width: 1fr; height: auto; }"
    FOCUS_ON_CLICK: ClassVar[bool] = False

    cursor: reactive[int] = reactive(0)
    """Index of the key under the cursor."""
    labels: reactive[tuple[str, ...]] = reactive((), layout=True)
    """What stands on the keys."""
    boxed: reactive[bool] = reactive(False, layout=True)
    """Whether there are lines around the keys."""

    def __init__(self, *, steady: bool = False, id: str | None = None) -> None:
        """``steady`` keeps its height whatever it is for."""
        super().__init__(id=id)
        self._steady = steady
        self._page = 0
        self.target: Input | None = None
        """The field that is typed into: the last one that had the focus."""
        self.set_reactive(Keypad.labels, keys("code"))

    def on_mount(self) -> None:
        """Be there for whichever field has the focus."""
        self.watch(self.screen, "focused", self._follow)

    def _follow(self, focused: Widget | None) -> None:
        if isinstance(focused, Input) and focused is not self.target:
            self.target, self._page, self.cursor = focused, 0, 0
            self.suit()

    @property
    def at_enter(self) -> str:
        """What Enter does here, for the key line."""
        return _("press this key")

    @property
    def kind(self) -> str:
        """What kind of text the field takes."""
        if isinstance(self.target, CodeInput):
            return "digits"
        field = self.target.parent if self.target is not None else None
        return KINDS.get(getattr(field, "id", None) or "", "text") if field is not None else "code"

    def suit(self) -> None:
        """Show the keys that suit the field and what stands before its cursor."""
        typed = self.target.value[: self.target.cursor_position] if self.target is not None else ""
        self.labels = keys(self.kind, self._page, typed)
        self.cursor = min(self.cursor, len(self.labels) - 1)

    # --- drawing ------------------------------------------------------------------------------

    def _grid(self, width: int) -> Grid:
        fewest = grid(width, boxed=self.boxed, most=tallest()).rows if self._steady else 0
        return grid(width, boxed=self.boxed, most=len(self.labels), fewest=fewest)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the keys need at ``width``."""
        return self._grid(width).height

    @property
    def mark(self) -> Offset:
        """Where the key under the cursor is; the terminal's own cursor is put there."""
        drawn = self._grid(self.size.width)
        row, column = divmod(self.cursor, drawn.columns)
        if drawn.boxed:
            return Offset(1 + column * drawn.pitch, 1 + 2 * row)
        return Offset(column * drawn.pitch, row)

    def render(self) -> Content:
        """The keys; the one under the cursor is reversed while the keypad has the focus."""
        drawn = self._grid(self.size.width)
        marked_at = divmod(self.cursor, drawn.columns) if self.has_focus else None
        rows = [
            [Content.styled(cell, "reverse" if (y, x) == marked_at else "") for x, cell in enumerate(cells)]
            for y, cells in enumerate(drawn.lines(self.labels))
        ]
        # Rows kept free for another kind's keys stay blank.
        used = -(-len(self.labels) // drawn.columns)
        return Content("\n").join(
            _boxed(rows[:used], drawn) if drawn.boxed else [Content("").join(r) for r in rows]
        )

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    # --- pressing -----------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        """The field keeps the focus."""
        event.stop()

    def on_click(self, event: Click) -> None:
        """Press the key under the finger."""
        event.stop()
        offset = event.get_content_offset(self)
        index = None if offset is None else self._grid(self.size.width).at(offset.x, offset.y)
        if index is not None and index < len(self.labels):
            self.press(self.labels[index])

    def on_key(self, event: Key) -> None:
        """Letters of a real keyboard go where the keypad types."""
        if event.is_printable and event.character and event.key != "space" and self.target is not None:
            event.stop()
            self.target.focus()
            self.target.insert_text_at_cursor(event.character)

    def action_move(self, across: int, down: int) -> None:
        """Move the cursor; above the first row and below the last it leaves the keypad."""
        columns = self._grid(self.size.width).columns
        row, column = divmod(self.cursor, columns)
        last = (len(self.labels) - 1) // columns
        if not 0 <= row + down <= last:
            self._leave(down)
            return
        column = min(max(column + across, 0), columns - 1)
        self.cursor = min((row + down) * columns + column, len(self.labels) - 1)

    def _leave(self, down: int) -> None:
        if down > 0:
            self.screen.focus_next()
        elif self.target is not None:
            self.target.focus()

    def action_press(self) -> None:
        """Press the key under the cursor."""
        self.press(self.labels[self.cursor])

    def action_erase(self) -> None:
        """Erase, whatever key is under the cursor."""
        self.press(ERASE)

    def press(self, label: str) -> None:
        """Do what stands on a key."""
        if label == NEXT_PAGE:
            self._page += 1
        elif self.target is not None and not self.target.disabled:
            if label == ERASE:
                self.target.action_delete_left()
            else:
                self.target.insert_text_at_cursor(" " if label == SPACE else label)
        self.suit()


def _boxed(rows: list[list[Content]], drawn: Grid) -> list[Content]:
    line = "─" * (drawn.pitch - 1)

    def rule(left: str, middle: str, right: str) -> Content:
        return Content(left + middle.join([line] * drawn.columns) + right)

    lines = [rule("┌", "┬", "┐")]
    for number, row in enumerate(rows):
        lines.append(Content.assemble("│", Content("│").join(row), "│"))
        lines.append(rule("└", "┴", "┘") if number == len(rows) - 1 else rule("├", "┼", "┤"))
    return lines

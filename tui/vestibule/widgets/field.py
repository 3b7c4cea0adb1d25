"""A labelled input with a place for one sentence saying what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from vestibule import text

LABEL = 18
"""Cells of the label's column."""


class OneLine(Input):
    """An input as wide as its place: what is typed is painted, and nothing is laid out anew for it."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)


class SecretInput(OneLine):
    """An input whose value never leaves it: no copy, no cut (Textual's would send it in clear)."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(password=True, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Refuse."""

    def action_cut(self) -> None:
        """Refuse."""


class PlainInput(OneLine):
    """An input that shows nothing but visible characters: what is pasted or stored may hold others.

    Textual's Input writes them to the terminal as they are (facts/security.md F1).
    """

    def __init__(self, value: str = "", placeholder: str = "", *, id: str | None = None) -> None:
        # Selected on focus, what was refused would be wiped by the next letter instead of corrected.
        super().__init__(_shown(value), placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def on_mount(self) -> None:
        """What only shows how to write must not look like something written."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._mark_placeholder())
        self._mark_placeholder()

    def _mark_placeholder(self) -> None:
        self.placeholder = self.validate_placeholder(self.placeholder)

    def validate_placeholder(self, example: str) -> str:
        """In parentheses where only the terminal's own colours are used: there is neither grey nor dim."""
        bare = example[1:-1] if example.startswith("(") and example.endswith(")") else example
        return f"({bare})" if bare and self.is_attached and self.app.native_ansi_color else bare

    def insert_text_at_cursor(self, typed: str) -> None:
        """Typed or pasted: hidden characters become marks that can be seen and deleted."""
        super().insert_text_at_cursor(_shown(typed))

    def validate_value(self, value: str) -> str:
        """Whoever sets it."""
        return _shown(value)


def _shown(value: str) -> str:
    """Visible, and whole: what was shortened would count as edited."""
    return text.visible(value, limit=len(value))


class Field(Widget):
    """``label [ value ]`` and, when there is one, an objection below.

    Label and brackets are drawn by the field itself, under its input: a form of Static widgets took twice as
    long to open.
    """

    DEFAULT_CSS = """
    Field { layout: vertical; height: auto; }
    Field Input { height: 1; margin: 0 2 0 20; background: transparent; }
    Field .objection { height: auto; padding-left: 20; color: $text-error; text-style: bold; }
    """

    def __init__(
        self, label: str, *, id: str, value: str = "", placeholder: str = "", secret: bool = False
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self.input = SecretInput() if secret else PlainInput(value, placeholder)
        self._objection: Static | None = None

    def compose(self) -> ComposeResult:
        """The input; an objection comes below it."""
        yield self.input

    def render(self) -> Content:
        """The label and the brackets around the input."""
        label, bracket = ("bold", "bold reverse") if self.input.has_focus else ("", "")
        gap = " " * max(0, self.content_size.width - LABEL - 2)
        head = self._label.ljust(LABEL)[:LABEL]
        return Content.assemble((head, label), ("[", bracket), gap, ("]", bracket))

    def on_descendant_focus(self) -> None:
        """Mark where the cursor is."""
        self.refresh()

    def on_descendant_blur(self) -> None:
        """The cursor is elsewhere."""
        self.refresh()

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        return self._label

    @property
    def value(self) -> str:
        """What was typed."""
        return self.input.value

    @value.setter
    def value(self, value: str) -> None:
        self.input.value = value

    @property
    def objection(self) -> str:
        """The sentence said here, empty when there is none."""
        return str(self._objection.content) if self._objection is not None else ""

    def object(self, sentence: str) -> None:
        """Say what is wrong and put the cursor here; what was typed stays."""
        said = text.content("! " + sentence)
        if self._objection is None:
            self._objection = Static(said, classes="objection", markup=False)
            self.mount(self._objection)
        else:
            self._objection.update(said)
        if isinstance(self.input, SecretInput):
            self.input.select_all()  # dots cannot be corrected: the next letter begins anew
        self.input.focus()
        self.call_after_refresh(self._come_into_view)  # with the objection's new line

    def _come_into_view(self) -> None:
        # Another field may have been objected to after this one, and has the cursor now.
        if self.input.has_focus:
            self.scroll_visible(animate=False)

    def accept(self) -> None:
        """Take the objection back."""
        if self._objection is not None:
            self._objection.remove()
            self._objection = None

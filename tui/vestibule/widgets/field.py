"""A labelled input with a place for one sentence saying what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import text


class SecretInput(Input):
    """An input whose value never leaves it: no copy, no cut (Textual's would send it in clear)."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(password=True, compact=True, id=id)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Refuse."""

    def action_cut(self) -> None:
        """Refuse."""


class Field(Vertical):
    """``label [ value ]`` and, when there is one, an objection below."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field .row { height: 1; }
    Field .label { width: 18; }
    Field .bracket { width: 2; }
    Field .bracket.end { text-align: right; }
    Field Input { width: 1fr; background: transparent; }
    /* Textual restyles the parts of a widget on a change of focus only if a rule names the widget itself. */
    Field:focus-within { visibility: visible; }
    Field:focus-within .label { text-style: bold; }
    Field:focus-within .bracket { text-style: bold reverse; }
    Field .objection { height: auto; padding-left: 20; color: $text-error; text-style: bold; display: none; }
    Field.-objected .objection { display: block; }
    """

    def __init__(
        self, label: str, *, id: str, value: str = "", placeholder: str = "", secret: bool = False
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self.input = SecretInput() if secret else Input(value, placeholder=placeholder, compact=True)
        self.input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Label, brackets, input; the objection below."""
        with Horizontal(classes="row"):
            yield Static(self._label, classes="label", markup=False)
            yield Static("[", classes="bracket", markup=False)
            yield self.input
            yield Static("]", classes="bracket end", markup=False)
        yield Static("", classes="objection", markup=False)

    @property
    def value(self) -> str:
        """What was typed."""
        return self.input.value

    @value.setter
    def value(self, value: str) -> None:
        self.input.value = value

    def object(self, sentence: str) -> None:
        """Say what is wrong and put the cursor here; what was typed stays."""
        self.query_one(".objection", Static).update(text.content("! " + sentence))
        self.add_class("-objected")
        self.input.focus()

    def accept(self) -> None:
        """Take the objection back."""
        self.remove_class("-objected")

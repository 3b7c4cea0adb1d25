"""Edits one property: a field that objects, a secret typed twice, or a choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantBlur
from textual.widget import Widget
from textual.widgets import Input, Static

from vestibule import properties, text
from vestibule.i18n import _, marked
from vestibule.models import Problem
from vestibule.properties import BY_KEY, Kind
from vestibule.render.property_words import explanations, hint, label, policies, written
from vestibule.render.sentences import sentence
from vestibule.screens.dialog import Dialog
from vestibule.widgets.choice import Choice
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton

Keep = Callable[[Any], str]
"""Keeps a value; the answer is why it could not be kept, as a sentence, or empty."""
_SERVICE_SHORTEST = 15
"""Characters of a service password. The server decides; here it is said before the upload."""


def sentence_of(code: str) -> str:
    """The sentence of a problem that was found on this side."""
    return sentence(Problem(type="", title=code, status=0, code=code))


class Editor(Dialog[bool]):
    """A title, what it is about, something to edit, two buttons. True once the value is kept."""

    DEFAULT_CSS = """
    Editor #refused { display: none; height: auto; text-style: bold; }
    Editor Choice { margin-left: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", marked("Cancel")),
        Binding("enter,f2,ctrl+s", "keep", marked("Keep the value")),
    ]

    def __init__(self, title: str, about: str, keep: Keep) -> None:
        super().__init__()
        self._heading = title
        self._about = about
        self._keep_value = keep

    @property
    def about(self) -> str:
        """What the property does."""
        return self._about

    def controls(self) -> list[Widget]:
        """What is edited with, made anew."""
        raise NotImplementedError

    def value(self) -> Any:
        """What is to be kept. Raises ValueError after it has objected at a field."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """From what it is about down to the buttons and the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text.content(self._heading)
            yield Static(text.content(self._about), classes="sentence", markup=False)
            yield from self.controls()
            yield Static("", id="refused", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Keep"), id="keep")
        yield KeyLine([("Enter", _("keep")), ("Tab", _("next")), ("Esc", _("cancel"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Keep or leave."""
        if event.button.id == "keep":
            self.action_keep()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave it as it was."""
        self.leave(False)

    def action_keep(self) -> None:
        """Keep the value, or say why not."""
        try:
            refused = "" if self.left else self._keep_value(self.value())
        except ValueError:
            return
        line = self.query_one("#refused", Static)
        line.update(text.content("! " + refused))
        line.display = bool(refused)
        if not refused:
            self.leave(True)


class FieldEditor(Editor):
    """Fields, each with its objection when one leaves it."""

    def objection(self, field: Field) -> str:
        """Why what stands in ``field`` may not stand there, as a sentence; empty if it may."""
        raise NotImplementedError

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being corrected is not wrong any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field; in the last one it keeps."""
        event.stop()
        fields = list(self.query(Field))
        at = next(index for index, field in enumerate(fields) if field.input is event.input)
        if at + 1 < len(fields):
            fields[at + 1].input.focus()
        else:
            self.action_keep()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Object to what was left behind, without holding the person there."""
        going_to = self.focused
        if self.left or going_to is None or going_to.id == "cancel":
            return
        for field in self.query(Field):
            said = self.objection(field) if field.input is event.widget and not field.objection else ""
            if said:
                field.object(said)
                going_to.focus()

    def checked(self, field: Field) -> str:
        """What stands in ``field``. Raises ValueError after objecting."""
        said = self.objection(field)
        if said:
            field.object(said)
            raise ValueError
        return field.value


class TextEditor(FieldEditor):
    """One property of one line: text, number, address …"""

    def __init__(self, key: str, value: Any, keep: Keep) -> None:
        super().__init__(label(key), explanations()[key], keep)
        self._key = key
        self._start = written(key, value)

    def controls(self) -> list[Widget]:
        """One field with what stood there."""
        field = Field(_("Value"), id="value", value=self._start, placeholder=hint(self._key))
        field.input.cursor_position = len(field.value)
        return [field]

    def objection(self, field: Field) -> str:
        """As the server would refuse it."""
        code = properties.objection(self._key, field.value)
        return sentence_of(code) if code else ""

    def value(self) -> str:
        """What was typed."""
        return self.checked(self.query_one("#value", Field))


class SecretEditor(FieldEditor):
    """A secret, typed twice because it cannot be read."""

    def __init__(self, key: str, keep: Keep) -> None:
        self._required = key == "password"
        clearing = "" if self._required else " " + _("Left empty, both clear it.")
        super().__init__(label(key), explanations()[key] + clearing, keep)
        self._key = key

    def controls(self) -> list[Widget]:
        """The secret and the same again."""
        return [
            Field(_("New"), id="value", secret=True),
            Field(_("The same again"), id="again", secret=True),
        ]

    def objection(self, field: Field) -> str:
        """To the secret itself; the second is compared when both are there."""
        if field.id == "again":
            return ""
        code = properties.objection(self._key, field.value)
        if code is None and self._required and len(field.value) < _SERVICE_SHORTEST:
            code = "password_short"
        return sentence_of(code) if code else ""

    def value(self) -> str:
        """The secret, if it was typed the same twice."""
        first, again = self.query_one("#value", Field), self.query_one("#again", Field)
        secret = self.checked(first)
        if secret != again.value:
            again.object(_("The two differ. Type the same again."))
            raise ValueError
        return secret


class ChoiceEditor(Editor):
    """One of a few values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", marked("Another value"), show=False),
        Binding("down", "step(1)", marked("Another value"), show=False),
    ]

    def __init__(self, key: str, value: Any, keep: Keep, plain: bool = False) -> None:
        """``plain`` marks the choice in ASCII."""
        super().__init__(label(key), explanations()[key], keep)
        offered = BY_KEY[key].choices
        words = policies()
        self._options = [(choice, words[choice]) for choice in offered]
        self._start = value if value in offered else offered[0]
        self._plain = plain

    def controls(self) -> list[Widget]:
        """All choices in sight."""
        return [Choice(self._options, self._start, id="choice", plain=self._plain)]

    def value(self) -> Any:
        """The choice in force."""
        return self.query_one("#choice", Choice).value

    def action_step(self, step: int) -> None:
        """Up and down choose as left and right do."""
        choice = self.query_one("#choice", Choice)
        if choice.has_focus:
            choice.action_move(step)
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()


def editor(key: str, value: Any, keep: Keep, plain: bool = False) -> Editor:
    """The editor for the kind of ``key``; ``value`` is the one to begin with, never a secret's."""
    kind = BY_KEY[key].kind
    if kind is Kind.SECRET:
        return SecretEditor(key, keep)
    if kind is Kind.CHOICE:
        return ChoiceEditor(key, value, keep, plain)
    return TextEditor(key, value, keep)

"""A new recovery code, shown once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.screens.dialog import Dialog
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton

_READ_AS = str.maketrans("OIL", "011", " -")
"""As the server reads what was typed."""


class RecoveryShown(Dialog[bool]):
    """True, and only once the person has copied the code or shown to have written it down."""

    CSS_PATH = "recovery_shown.tcss"
    ALLOW_SELECT: ClassVar[bool] = False
    # No field has the focus at first: there ``c`` would be a letter.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,C", "copy", marked("Copy the code")),
        Binding("enter", "close", marked("I have kept it")),
        Binding("escape", "stay", show=False),
    ]

    def __init__(self, code: str, profile: Profile) -> None:
        """``code`` in groups parted by dashes."""
        super().__init__()
        self._code = code
        self._has_clipboard = not profile.console
        self._is_copied = self._warned = False

    def compose(self) -> ComposeResult:
        """The code, what it is for, the proof of having kept it."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = _("Your recovery code")
            yield Static(_large(self._code), id="code", markup=False)
            yield Static(self._what_for(), classes="sentence", markup=False)
            yield Static("", id="said", markup=False)
            yield Field(_("Its last group"), id="last", placeholder="XXXX")
            with Horizontal(classes="buttons"):
                if self._has_clipboard:
                    yield PushButton(_("Copy"), id="copy")
                yield PushButton(_("I have kept it"), id="kept")
        yield KeyLine()

    def _what_for(self) -> str:
        what = _(
            "It lets you in once when you have lost your second factor; then you get a new one. Write it "
            "down and keep it apart from your phone: it is shown only now."
        )
        return what + " " + self._how_to_go_on()

    def _how_to_go_on(self) -> str:
        if self._has_clipboard:
            return _("To go on, copy it or type its last group.")
        return _("To go on, type its last group.")

    def on_mount(self) -> None:
        """Nothing is kept yet."""
        self._show_kept()
        if not self._has_clipboard:
            self.query_one(Field).input.focus()

    # --- the proof ----------------------------------------------------------------------------

    @property
    def _is_kept(self) -> bool:
        """A last group that is wrong counts more than a copy: the code was perhaps written down wrong."""
        typed = _plain(self.query_one(Field).value)
        return typed == _plain(self._code.split("-")[-1]) if typed else self._is_copied

    def _show_kept(self) -> None:
        self.query_one("#kept").disabled = not self._is_kept
        self._show_keys()

    def _show_keys(self) -> None:
        in_field = self.query_one(Field).input.has_focus
        keys = [("c", _("copy"))] if self._has_clipboard and not in_field else []
        keys += [("Enter", _("I have kept it"))] if self._is_kept else []
        keys += [("Tab", _("next") if in_field else _("type its last group"))]
        self.query_one(KeyLine).say([*keys, ("ctrl+q", _("quit"))])

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the field ``c`` is a letter."""
        self._show_keys()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Elsewhere it is a key."""
        self._show_keys()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more, and may be right."""
        self.query_one(Field).accept()
        self._show_kept()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A console has no clipboard."""
        return action != "copy" or self._has_clipboard

    def action_copy(self) -> None:
        """Into the clipboard of the person's terminal, if that takes it: it does not say so."""
        if not self._has_clipboard:
            return
        self.app.copy_to_clipboard(self._code)
        self._is_copied = True
        self._say(_("Sent to your terminal's clipboard. Not every terminal takes it: paste it, and look."))
        self._show_kept()

    def _say(self, words: str) -> None:
        said = self.query_one("#said", Static)
        said.update(words)
        said.add_class("-shown")

    # --- the way out --------------------------------------------------------------------------

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Copy or close."""
        if event.button.id == "copy":
            self.action_copy()
        else:
            self.action_close()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter closes, if this is the last group."""
        event.stop()
        self.action_close()

    def action_close(self) -> None:
        """Close, once the code is kept."""
        field = self.query_one(Field)
        if not self._is_kept:
            if field.value.strip():
                field.object(_("This is not its last group. Look again."))
            else:
                self._say(self._how_to_go_on())
            return
        self.query_one("#code", Static).update("")
        field.value = ""
        # Textual keeps a copy for its own ctrl+v: the next person here must not get it.
        if self._is_copied:
            self.app._clipboard = ""
        self._code = ""
        self.leave(True)

    def ask_before_quitting(self) -> bool:
        """Whether leaving Vestibule should be asked for once more: the code in force would be lost."""
        if self._is_kept or self._warned:
            return False
        self._warned = True
        why = _("You have not kept it, and it is never shown again.")
        self._say(f"! {why} " + _("ctrl+q once more quits all the same."))
        return True

    def action_stay(self) -> None:
        """Say why there is no way back."""
        why = _("It is never shown again, and your login may depend on it.")
        self._say(f"! {why} {self._how_to_go_on()}")


def _large(code: str) -> Content:
    """Three groups per line, their letters apart."""
    groups = [" ".join(text.visible(group)) for group in code.split("-")]
    rows = [groups[start : start + 3] for start in range(0, len(groups), 3)]
    return Content("\n\n").join(Content("  -  ").join(map(Content, row)) for row in rows)


def _plain(typed: str) -> str:
    return typed.upper().translate(_READ_AS)

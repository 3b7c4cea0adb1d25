"""The languages one may choose from, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from vestibule import i18n
from vestibule.i18n import _, marked
from vestibule.widgets.items import Items


class Languages(Items):
    """Each language by its own name, the one in use between brackets."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", marked("Choose"), show=False)]

    @dataclass
    class Chosen(Message):
        """Another language was chosen."""

        code: str

    def on_mount(self) -> None:
        """Begin with the language in use."""
        self.cursor = list(i18n.LANGUAGES).index(i18n.current())

    @property
    def at_enter(self) -> str:
        """What Enter does here, for the key line."""
        return _("choose")

    def words(self) -> list[str]:
        """The names."""
        return [
            f"[{name}]" if code == i18n.current() else f" {name} " for code, name in i18n.LANGUAGES.items()
        ]

    def choose(self, index: int) -> None:
        """Speak this one from now on."""
        code = list(i18n.LANGUAGES)[index]
        if code != i18n.current():
            self.post_message(self.Chosen(code))

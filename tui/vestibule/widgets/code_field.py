"""A field for a code of digits: letters are not typed there, so the screen may use them as keys."""

from __future__ import annotations

from vestibule.widgets.field import Field, PlainInput


class CodeInput(PlainInput):
    """Leaves letters to priority bindings of its screen."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether ``key`` is typed here."""
        is_letter = character is not None and character.isalpha()
        return super().check_consume_key(key, character) and not is_letter


class CodeField(Field):
    """A :class:`Field` with such an input."""

    def __init__(self, label: str, *, id: str) -> None:
        super().__init__(label, id=id)
        self.input = CodeInput(placeholder="123 456")

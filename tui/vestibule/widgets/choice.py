"""One of a few values: ``( ) staff  (•) guest``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual.message import Message
from textual.reactive import reactive

from vestibule.widgets.items import Items

T = TypeVar("T")


class Choice(Generic[T], Items):
    """All options in sight; left, right, space or a click chooses at once."""

    DEFAULT_CSS = "Choice { width: 1fr; height: auto; }"

    chosen: reactive[int] = reactive(0)
    """Index of the option in force."""

    @dataclass
    class Changed(Message):
        """The person chose another option."""

        choice: Choice[Any]
        value: Any

        @property
        def control(self) -> Choice[Any]:
            """The widget that reports."""
            return self.choice

    def __init__(
        self, options: Sequence[tuple[T, str]], value: T, *, id: str | None = None, plain: bool = False
    ) -> None:
        """``options`` are values and their labels; ``plain`` marks the choice in ASCII."""
        super().__init__(id=id)
        self._options = list(options)
        self._mark = "*" if plain else "•"
        self.value = value

    @property
    def value(self) -> T:
        """The value in force. Setting it to something that is no option raises ValueError."""
        return self._options[self.chosen][0]

    @value.setter
    def value(self, value: T) -> None:
        self.chosen = self.cursor = [option for option, _ in self._options].index(value)

    def words(self) -> list[str]:
        """The labels with their marks."""
        labels = (label for _, label in self._options)
        return [f"({self._mark if i == self.chosen else ' '}) {label}" for i, label in enumerate(labels)]

    def choose(self, index: int) -> None:
        """Put the option of ``index`` in force."""
        if index != self.chosen:
            self.chosen = index
            self.post_message(self.Changed(self, self.value))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Moving has chosen already."""
        return action != "choose"

    def action_move(self, step: int) -> None:
        """Moving is choosing."""
        super().action_move(step)
        self.choose(self.cursor)

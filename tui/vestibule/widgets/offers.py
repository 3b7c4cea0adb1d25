"""Values that are handed out and not kept, like the presets beside a field: ``[in 1 h]  [1 day]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message

from vestibule.i18n import marked
from vestibule.widgets.items import Items

T = TypeVar("T")


class Offers(Generic[T], Items):
    """Left and right only move, so that passing by changes nothing; space, enter or a click takes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", marked("Choose"), show=False)]
    DEFAULT_CSS = "Offers { width: 1fr; height: auto; }"

    @dataclass
    class Taken(Message):
        """The person took an offer, perhaps the same as before."""

        offers: Offers[Any]
        value: Any

        @property
        def control(self) -> Offers[Any]:
            """The widget that reports."""
            return self.offers

    def __init__(self, options: Sequence[tuple[T, str]], *, id: str | None = None) -> None:
        """``options`` are values and their labels."""
        super().__init__(id=id)
        self._options = list(options)

    def words(self) -> list[str]:
        """The labels in brackets, as buttons are."""
        return [f"[{label}]" for _, label in self._options]

    def choose(self, index: int) -> None:
        """Hand the value of ``index`` out."""
        self.post_message(self.Taken(self, self._options[index][0]))

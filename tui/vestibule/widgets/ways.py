"""The ways through the second window, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from vestibule.i18n import marked
from vestibule.two_factor_models import Method
from vestibule.widgets.choice import Choice


class Ways(Choice[Method]):
    """One way per line; a single one is no choice, but named."""

    DEFAULT_CSS = "Ways { text-wrap: nowrap; text-overflow: ellipsis; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", marked("Move"), show=False),
        Binding("down", "move(1)", marked("Move"), show=False),
    ]

    def __init__(self, options: Sequence[tuple[Method, str]], value: Method, *, plain: bool) -> None:
        super().__init__(options, value, plain=plain)
        self.can_focus = len(options) > 1

    def words(self) -> list[str]:
        """The labels, with marks where there is a choice."""
        return super().words() if len(self._options) > 1 else [label for _method, label in self._options]

    def _lines(self, width: int) -> list[list[int]]:
        return [[index] for index in range(len(self._options))]

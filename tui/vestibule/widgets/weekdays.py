"""The days of the week, each with a tick: ``[x]Mon  [x]Tue  …``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from vestibule.render.when import weekday
from vestibule.widgets.items import Items

WEEK = range(1, 8)


class Weekdays(Items):
    """ISO weekdays, Monday first; one stays ticked, because to the server none would mean all."""

    DEFAULT_CSS = "Weekdays { width: 1fr; height: auto; }"

    ticked: reactive[frozenset[int]] = reactive(frozenset(WEEK))
    """The days in force."""

    @dataclass
    class Changed(Message):
        """The person ticked or unticked a day."""

        weekdays: Weekdays
        value: list[int]

        @property
        def control(self) -> Weekdays:
            """The widget that reports."""
            return self.weekdays

    @dataclass
    class LastKept(Message):
        """The person tried to untick the last day; it stays."""

        weekdays: Weekdays

        @property
        def control(self) -> Weekdays:
            """The widget that reports."""
            return self.weekdays

    def __init__(self, days: Sequence[int], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.value = list(days)

    @property
    def value(self) -> list[int]:
        """The ticked days in order. Setting none ticks all, which is what the server takes it for."""
        return sorted(self.ticked)

    @value.setter
    def value(self, days: list[int]) -> None:
        self.ticked = frozenset(days) & frozenset(WEEK) or frozenset(WEEK)

    def words(self) -> list[str]:
        """The days with their ticks."""
        return [f"[{'x' if day in self.ticked else ' '}]{weekday(day)}" for day in WEEK]

    def choose(self, index: int) -> None:
        """Tick or untick a day."""
        days = self.ticked ^ {WEEK[index]}
        if not days:
            self.post_message(self.LastKept(self))
            return
        self.ticked = days
        self.post_message(self.Changed(self, self.value))

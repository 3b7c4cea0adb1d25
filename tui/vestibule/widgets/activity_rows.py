"""The record of decisions, however long: pages of it by position below the row that was newest at first.

Rows are only ever added, so those positions stay what they are; what comes in later is put on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import overload
from zoneinfo import ZoneInfo

from textual.geometry import Size
from textual.message import Message

from vestibule.models import AuditPage, AuditRow
from vestibule.render.activity_row import row
from vestibule.widgets.page_cache import PAGE, PageCache, pages
from vestibule.widgets.rows import Rows


class _Record(Sequence[AuditRow | None]):
    """The rows by their place in the list; None for one that is not here."""

    def __init__(self) -> None:
        self.newer: list[AuditRow] = []
        """What came in since the list was begun, newest first."""
        self.total = 0
        """How many there were then."""
        self.before: int | None = None
        """They have numbers below this one; None until the first answer."""
        self.cache: PageCache[AuditRow] = PageCache()

    def __len__(self) -> int:
        return len(self.newer) + self.total

    @overload
    def __getitem__(self, index: int) -> AuditRow | None: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[AuditRow | None]: ...

    def __getitem__(self, index: int | slice) -> AuditRow | Sequence[AuditRow | None] | None:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        newer = len(self.newer)
        return self.newer[index] if index < newer else self.cache.get(index - newer)


class ActivityRows(Rows[AuditRow | None]):
    """Asks its screen for pages with :class:`Wanted`; is answered with :meth:`fill` or :meth:`failed`."""

    @dataclass
    class Wanted(Message):
        """Decisions are needed: ``limit`` of those below number ``before``, passing ``at`` over.

        ``generation`` is handed back with the answer.
        """

        before: int | None
        at: int
        limit: int
        generation: int

    def __init__(self, site_zone: ZoneInfo, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zone = site_zone
        self.nothing = ""
        """The sentence for no row at all, once that is known."""
        self.generation = 0
        self._record = _Record()
        self._restarting = True
        self.unanswered = False
        """Whether the first page did not come: somebody has to begin anew."""
        self._direction = 0
        self.items = self._record

    def identity(self, item: AuditRow | None) -> str:
        """Its number."""
        return str(item.seq) if item is not None else ""

    def words(self, item: AuditRow | None, width: int) -> str:
        """When, who, what, about whom, what came of it."""
        return "  …" if item is None else row(item, width, datetime.now(UTC), self.zone)

    @property
    def newest(self) -> int:
        """The number of the newest row that is here; 0 without one."""
        top = self.items[0] if self.items else None
        return top.seq if top is not None else (self._record.before or 1) - 1

    @property
    def begun(self) -> bool:
        """Whether there was an answer since the list was begun anew."""
        return not self._restarting

    @property
    def above(self) -> int:
        """How many of the rows that came in later are above what is in view."""
        return min(len(self._record.newer), self.scroll_offset.y)

    # --- what the screen uses -----------------------------------------------------------------

    def restart(self) -> None:
        """Another filter: begin anew as soon as the first page of it is here."""
        self.generation += 1
        self._restarting, self.unanswered = True, False
        self.post_message(self.Wanted(None, 0, PAGE, self.generation).set_sender(self))

    def fill(self, page: AuditPage, at: int, generation: int) -> None:
        """The answer to a :class:`Wanted`; one asked before the last :meth:`restart` is ignored."""
        if generation != self.generation:
            return
        if self._restarting:
            self._begin(page)
            return
        before = self.selected
        self._record.cache.put(at, page.rows)
        self._record.cache.trim(self._record.total, *self._span())
        self.refresh()
        self._ask()
        if self.selected != before:
            self._say(self.Highlighted(self))

    def failed(self, at: int, generation: int) -> None:
        """A :class:`Wanted` will not be answered; it is asked again when the view moves."""
        if generation == self.generation:
            self.unanswered = self._restarting
            self._record.cache.failed(at)

    def add(self, page: AuditPage, generation: int) -> None:
        """Rows that came in after :attr:`newest`, the newest first: they are put on top.

        The cursor stays with its row, and what is in view stays where it is unless that is the top.
        """
        if generation != self.generation or self._restarting or not page.rows:
            return
        if page.next is not None:  # more than anybody would look through row by row
            self.restart()
            return
        count, top, was_empty = len(page.rows), self.scroll_offset.y, not self.items
        self._record.newer[:0] = page.rows
        self.virtual_size = Size(1, len(self.items))
        if not was_empty:
            self.set_reactive(Rows.cursor, self.cursor + count)
        if top:
            self.scroll_to(y=top + count, animate=False, force=True, immediate=True)
        self._reveal()
        self.refresh()
        self._say(self.Highlighted(self))

    def _begin(self, page: AuditPage) -> None:
        """Show a new list from its top."""
        self._restarting = False
        self._record = self.items = _Record()
        self._record.total = page.total or 0
        self._record.before = page.rows[0].seq + 1 if page.rows else 1
        self._record.cache.put(0, page.rows)
        self.empty = self.nothing
        self.virtual_size = Size(1, len(self.items))
        self.set_reactive(Rows.cursor, 0)
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()
        self._ask()
        self._say(self.Highlighted(self))

    # --- pages --------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Ask for the first page even before there is a size: the answer takes a while."""
        self.restart()

    def on_resize(self) -> None:
        """More rows may be in view."""
        self._ask()

    def watch_cursor(self, old: int, new: int) -> None:
        """Its row may have to be fetched."""
        super().watch_cursor(old, new)
        self._ask()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._direction = 1 if new_value > old_value else -1
            self._ask()

    def _span(self) -> tuple[int, int]:
        """The first and the last position there is room for in view."""
        first = self.scroll_offset.y - len(self._record.newer)
        return first, first + max(1, self.size.height) - 1

    def _needed(self) -> Iterator[int]:
        """Pages to have: those in view, the cursor's, and one more on the way the view is going."""
        total = self._record.total
        first, last = self._span()
        at_cursor = self.cursor - len(self._record.newer)
        view = pages(first, last, total)
        yield from view
        yield from pages(at_cursor, at_cursor, total)
        if view:
            ahead = view[-1] + PAGE if self._direction > 0 else view[0] - PAGE
            if self._direction and 0 <= ahead < total:
                yield ahead

    def _ask(self) -> None:
        if self._restarting or not self._record.total:
            return
        for at in self._record.cache.ask(self._needed()):
            wanted = self.Wanted(self._record.before, at, PAGE, self.generation)
            self.post_message(wanted.set_sender(self))

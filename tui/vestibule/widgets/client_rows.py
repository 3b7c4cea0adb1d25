"""The drawing half of the client list: rows by the Line API, countdowns that repaint only their digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from textwrap import wrap
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from vestibule.models import Client, ClientPage, State
from vestibule.render.client_row import changed_cells, code_end, columns, row
from vestibule.text import visible
from vestibule.widgets.page_cache import ClientPages

_GUTTER = 1  # for the mark of the cursor
# Always blank: a region that reaches the edge of its widget has Textual send the neighbour's cells as well.
_MARGIN = 1
_SECOND = 1.0


def _now() -> datetime:
    return datetime.now(UTC)


class ClientRows(ScrollView):
    """Draws the rows in view; who loads them and moves the cursor is decided elsewhere."""

    ALLOW_SELECT: ClassVar[bool] = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "client-list--cursor",
        "client-list--cursor-blurred",
        "client-list--loading",
        *(f"client-list--{state.value}" for state in State),
    }
    # The cursor is told by reverse, bold and its mark: colours of two rows may be the same in 16 colours.
    DEFAULT_CSS: ClassVar[str] = """
    ClientRows {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        & > .client-list--cursor { text-style: reverse; }
        & > .client-list--cursor-blurred { text-style: bold; }
        & > .client-list--loading { text-style: dim; }
        & > .client-list--active { color: $success; }
        & > .client-list--disabled { color: $error; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """The row that keys act on."""

    def __init__(self, *, plain_glyphs: bool, id: str | None = None) -> None:
        """``plain_glyphs``: only glyphs of a console font."""
        super().__init__(id=id)
        self.zone = ZoneInfo("UTC")
        """The site's time zone."""
        self.clock: Callable[[], datetime] = _now
        """Tells the time by which countdowns run."""
        self.empty = ""
        """The sentence shown when there is no client."""
        self.plain = plain_glyphs
        self._cache = ClientPages()
        self._total: int | None = None
        self._timer: Timer | None = None
        self._told: set[tuple[str, datetime | None]] = set()
        self._drawn: dict[int, str] = {}
        """The status last drawn on each line."""

    def _code_ended(self, client: Client) -> None:
        """The code of ``client`` has ended while it was in view."""

    # --- rows ---------------------------------------------------------------------------------

    def _take(self, page: ClientPage) -> None:
        """Put ``page`` among the rows."""
        if page.total != self._total:
            self.refresh()
        self._total = page.total
        self._cache.put(page.at, page.clients)
        self._cache.trim(page.total, *self._span())
        self.virtual_size = Size(1, page.total)

    def _span(self) -> tuple[int, int]:
        """The first and the last row there is room for in view."""
        first = self.scroll_offset.y
        return first, first + max(1, self.size.height) - 1

    def _in_view(self) -> Iterator[tuple[int, Client | None]]:
        first, last = self._span()
        return ((index, self._cache.get(index)) for index in range(first, last + 1))

    def _refresh_row(self, index: int) -> None:
        line = index - self.scroll_offset.y
        if 0 <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width - _MARGIN, 1))

    def _refresh_changed(self, before: Sequence[Client | None]) -> None:
        """Repaint the rows in view that differ from what was there ``before``."""
        for (index, client), old in zip(self._in_view(), before, strict=False):
            if client != old:
                self._refresh_row(index)
        self._mind_time()

    def on_focus(self) -> None:
        """The cursor looks different with focus."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different without focus."""
        self._refresh_row(self.cursor)

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, cursor if self._total is None else min(cursor, self._total - 1))

    @property
    def at_cursor(self) -> Offset:
        """Where the row under the cursor begins; the terminal's own cursor is put there."""
        return Offset(0, self.cursor - self.scroll_offset.y)

    def _put_cursor(self, index: int) -> None:
        """Move the cursor without leaving the client it follows."""
        old, new = self.cursor, self.validate_cursor(index)
        if old != new:
            self.set_reactive(ClientRows.cursor, new)
            self._refresh_row(old)
            self._refresh_row(new)

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top and self.is_mounted:
            self.scroll_to(y=wanted, animate=False, force=True)

    # --- painting -----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One row, the sentence for an empty list, or nothing."""
        width, base = self.size.width, self.visual_style.rich_style
        index = self.scroll_offset.y + y
        self._drawn.pop(y, None)
        if self._total == 0:
            lines = wrap(visible(self.empty), max(1, width - _GUTTER))
            text = " " * _GUTTER + lines[y] if y < len(lines) else ""
            return Strip([Segment(text, base)]).adjust_cell_length(width, base)
        if index >= (self._total or 1):
            return Strip.blank(width, base)
        return Strip(self._segments(y, index, base)).adjust_cell_length(width, base).simplify()

    def _segments(self, y: int, index: int, base: Style) -> list[Segment]:
        at_cursor = index == self.cursor and self._total is not None
        gutter = ">" if at_cursor else " "
        client = self._cache.get(index)
        if client is None:
            first, rest, look = gutter, "…".ljust(self._row_width), "loading"
        else:
            cells = self._cells(client, self.clock())
            self._drawn[y] = dict(cells).get("status", "")
            first, rest, look = gutter + cells[0][1], "".join(text for _name, text in cells[1:]), client.state
        if at_cursor:
            # One style for the whole row: each change of style costs as much on the wire as the words.
            cursor = "client-list--cursor" if self.has_focus else "client-list--cursor-blurred"
            return [Segment(first + rest, self.get_component_rich_style(cursor))]
        style = self.get_component_rich_style(f"client-list--{look}")
        return [Segment(first, style), Segment(rest, style if client is None else base)]

    @property
    def _row_width(self) -> int:
        return max(0, self.size.width - _GUTTER - _MARGIN)

    def _cells(self, client: Client, now: datetime) -> list[tuple[str, str]]:
        return row(client, self._row_width, now, self.zone, self.plain)

    # --- time ---------------------------------------------------------------------------------

    def _mind_time(self) -> None:
        """Let the clock tick while a countdown is in view, and only then."""
        if self._timer is None:
            if not self.is_mounted:
                return
            self._timer = self.set_interval(_SECOND, self._tick, pause=True)
        if any(client is not None and self._is_counting(client) for _index, client in self._in_view()):
            self._timer.resume()
        else:
            self._timer.pause()

    def _is_counting(self, client: Client) -> bool:
        end = code_end(client)
        return client.state is State.PENDING and end is not None and (client.id, end) not in self._told

    def _tick(self) -> None:
        now, shape = self.clock(), columns(self._row_width)
        for index, client in list(self._in_view()):
            if client is None or client.state is not State.PENDING:
                continue
            self._repaint_status(index - self.scroll_offset.y, client, now, shape.status_at)
            end = code_end(client)
            if end is not None and end <= now and (client.id, end) not in self._told:
                self._told.add((client.id, end))
                self._code_ended(client)
        self._mind_time()

    def _repaint_status(self, line: int, client: Client, now: datetime, status_at: int) -> None:
        """Repaint the cells of the status that differ from what is drawn."""
        drawn, new = self._drawn.get(line), dict(self._cells(client, now)).get("status", "")
        changed = None if drawn is None else changed_cells(drawn, new)
        if changed is not None:
            start, end = (_GUTTER + status_at - 1 + cell for cell in changed)
            self.refresh(Region(start, line, end - start, 1))

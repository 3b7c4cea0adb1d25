"""The clients of a site, as many as there are: paging, the cursor and the selection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive

from vestibule.i18n import marked
from vestibule.models import Client, ClientPage
from vestibule.widgets.client_rows import ClientRows
from vestibule.widgets.page_cache import PAGE, pages


class ClientList(ClientRows, can_focus=True, inherit_bindings=False):
    """Asks its screen for pages with :class:`Wanted`, is answered with :meth:`fill` or :meth:`failed`.

    ``zone``, ``clock`` and ``empty`` are set by the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", marked("Move"), show=False),
        Binding("down", "move(1)", marked("Move"), show=False),
        Binding("pageup", "page(-1)", marked("Move"), show=False),
        Binding("pagedown", "page(1)", marked("Move"), show=False),
        Binding("home", "first", marked("Move"), show=False),
        Binding("end", "last", marked("Move"), show=False),
        Binding("enter", "choose", show=False),
    ]

    selected: reactive[Client | None] = reactive(None, repaint=False, init=False)
    """The client under the cursor; None while it is not loaded or there is none.

    Who watches it is told at once, not by a message, and shows it in the same frame as the cursor.
    """

    @dataclass
    class _Message(Message):
        client_list: ClientList

        @property
        def control(self) -> ClientList:
            """The list that says it."""
            return self.client_list

    @dataclass
    class Wanted(_Message):
        """``limit`` clients from position ``at`` are needed; hand ``generation`` back with the answer."""

        at: int
        limit: int
        generation: int

    @dataclass
    class Chosen(_Message):
        """Enter or a double click on a client."""

        client: Client

    @dataclass
    class Expired(_Message):
        """The code of a client in view has just ended: said once for each code."""

        client: Client

    def __init__(self, *, plain_glyphs: bool, id: str | None = None) -> None:
        """``plain_glyphs``: only glyphs of a console font."""
        super().__init__(plain_glyphs=plain_glyphs, id=id)
        self._generation = 0
        self._restarting = False
        self._direction = 0
        self._follows: str | None = None
        """The client the cursor stays with when rows move."""

    # --- what the screen uses -----------------------------------------------------------------

    @property
    def total(self) -> int | None:
        """How many rows there are; None until the first answer."""
        return self._total

    def fill(self, page: ClientPage, generation: int) -> None:
        """The answer to a :class:`Wanted`; one asked before the last :meth:`restart` is ignored."""
        if generation != self._generation:
            return
        before = [client for _index, client in self._in_view()]
        is_first = self._total is None
        to_top, self._restarting = self._restarting, False
        if to_top:
            self._cache.clear()
        self._take(page)
        if to_top:
            self._direction = 0
            self._put_cursor(0)
            self.scroll_to(y=0, animate=False, force=True)
        self._put_cursor(self.cursor)  # there may be fewer rows now
        if is_first:
            self._reveal()
        self._ask()
        self._follow()
        self._refresh_changed(before)

    def failed(self, at: int, generation: int | None = None) -> None:
        """A :class:`Wanted` will not be answered; it is asked again when the view moves or is reloaded."""
        if generation in (None, self._generation):
            self._cache.failed(at)
            self._follow()

    def reload(self) -> None:
        """Something changed: ask anew for what is in view, and show the old rows until the answer."""
        self._cache.outdate()
        self._ask()

    def restart(self) -> None:
        """Another filter or order: go to the top of the new list as soon as it is here."""
        self._generation += 1
        self._restarting = True
        self._follows = None
        self._cache.forget_questions()
        self._cache.outdate()
        self._ask()

    def update_client(self, client: Client) -> None:
        """Show ``client`` in the place of its older self."""
        index = self._cache.replace(client)
        if index is not None:
            self._refresh_row(index)
            self._mind_time()
            if index == self.cursor and not self._is_seeking():
                self._settle()

    def select_id(self, client_id: str, at: int | None = None) -> None:
        """Select a client: now if it is loaded, else when it comes, at position ``at`` if that is known."""
        self._follows = client_id
        index = self._cache.find(client_id)
        target = at if index is None else index
        if target is not None:
            self._put_cursor(target)
            self._reveal()
        self._ask()
        if index is not None:
            self._settle()

    # --- keys and mouse -----------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.cursor += pages * max(1, self.size.height - 1)

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = max(0, (self._total or 0) - 1)

    def action_choose(self) -> None:
        """Say that the selected client is meant."""
        if self.selected is not None:
            self._say(self.Chosen(self, self.selected))

    def on_click(self, event: Click) -> None:
        """A click selects, a double click chooses."""
        offset = event.get_content_offset(self) if event.widget is self else None
        index = self.scroll_offset.y + offset.y if offset is not None else -1
        if 0 <= index < (self._total or 0):
            event.stop()
            self.cursor = index
            if event.chain == 2:
                self.action_choose()

    # --- cursor and selection -----------------------------------------------------------------

    def watch_cursor(self, old: int, new: int) -> None:
        """Somebody moved the cursor: it leaves the client it was on."""
        self._follows = None
        self._refresh_row(old)
        self._refresh_row(new)
        self._reveal()
        self._ask()
        self._settle()

    def _is_seeking(self) -> bool:
        """Whether the client to follow is somewhere else than under the cursor."""
        under = self._cache.get(self.cursor)
        return self._follows is not None and (under is None or under.id != self._follows)

    def _follow(self) -> None:
        """Rows may have moved: go after the client; give up when no answer that may hold it is to come."""
        if self._is_seeking() and self._follows is not None:
            index = self._cache.find(self._follows)
            if index is not None:
                first, last = self._span()
                was_in_view = first <= self.cursor <= last
                self._put_cursor(index)
                if was_in_view:
                    self._reveal()
            elif self._cache.waiting:
                return
        self._settle()

    def _settle(self) -> None:
        """Select what is under the cursor."""
        client = self._cache.get(self.cursor)
        if client is not None and not self._restarting:
            self._follows = client.id
        self.selected = client

    # --- pages --------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Ask for the first page even before there is a size: the answer takes a while."""
        self._ask()

    def on_resize(self) -> None:
        """More rows may be in view, or the cursor no longer."""
        self._reveal()
        self._ask()
        self._mind_time()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._direction = 1 if new_value > old_value else -1
            self._ask()
            self._mind_time()

    def _needed(self) -> Iterator[int]:
        """Pages to have: those in view, the cursor's, and one more on the way the view is going."""
        if self._restarting or self._total is None:
            yield 0
            return
        view = pages(*self._span(), self._total)
        yield from view
        yield from pages(self.cursor, self.cursor, self._total)
        ahead = view[-1] + PAGE if self._direction > 0 else view[0] - PAGE
        if self._direction and 0 <= ahead < self._total:
            yield ahead

    def _ask(self) -> None:
        for at in self._cache.ask(self._needed()):
            self._say(self.Wanted(self, at, PAGE, self._generation))

    def _code_ended(self, client: Client) -> None:
        self._say(self.Expired(self, client))

    def _say(self, message: Message) -> None:
        # To Textual whoever is running is the sender, and a parent is not told what it sent itself.
        self.post_message(message.set_sender(self))

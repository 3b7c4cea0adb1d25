"""Where somebody is signed in: the devices and sessions of oneself, or of a client; one or all are ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static
from textual.worker import Worker

from vestibule import text
from vestibule.device_models import Ended
from vestibule.i18n import _, marked
from vestibule.models import Client, Events
from vestibule.remote.connection import Connection
from vestibule.render.client_details import lines
from vestibule.render.device_words import (
    Place,
    done,
    end_all_question,
    end_question,
    end_title,
    facts,
    places,
)
from vestibule.screens.base import SignedOut
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.trying import Trying
from vestibule.text import NAME_LIMIT, visible
from vestibule.widgets.device_list import DeviceList
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

_WIDEST = 100


class Devices(Trying[None]):
    """The list above, what is known of the row under the cursor below."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "DeviceList"
    DEFAULT_CSS: ClassVar[str] = "Devices #facts { height: auto; padding: 0 1; margin-top: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "end", marked("End this device or session"), id="devices.end"),
        Binding("a", "end_all", marked("End all others, or all"), id="devices.end_all"),
        Binding("escape", "close", marked("Back")),
    ]

    def __init__(self, connection: Connection, site_zone: ZoneInfo, client: Client | None = None) -> None:
        """``client``: whose they are; one's own without."""
        super().__init__(connection, site_zone)
        own = connection.client
        self._is_own = client is None or (own is not None and client.id == own.id)
        self._client = client or own
        self._of = None if self._is_own else client.id if client else None
        self._job: Worker[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """List, facts, sentences, keys."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = text.content(self._heading())
            rows = DeviceList(self.site_zone)
            rows.empty = _("No device is remembered, and nobody is signed in.")
            yield rows
            yield Static("", id="facts", markup=False)
            yield StatusLine()
        yield KeyLine([("Esc", _("back"))])

    def _heading(self) -> str:
        if self._is_own or self._client is None:
            return _("Your devices")
        called = visible(self._client.name or self._client.label, NAME_LIMIT)
        return _("Devices of %(name)s") % {"name": called}

    def on_mount(self) -> None:
        """Ask for them, and listen: others sign in, and others end."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self._reload()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def news(self, events: Events) -> None:
        """Somebody signed in or was signed out."""
        about = self._client.id if self._client is not None else None
        if events.reset or any(event.subject == about for event in events.events):
            self._reload()

    def line(self, lost: bool) -> None:
        """The connection is back."""
        if not lost:
            self._reload()

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self._show_facts()

    # --- the list -----------------------------------------------------------------------------

    @property
    def _rows(self) -> DeviceList:
        return self.query_one(DeviceList)

    def _reload(self) -> None:
        self.beside(self._fetch, "list", exclusive=True)

    async def _fetch(self) -> None:
        async def ask() -> list[Place]:
            return places(*await self.connection.api.signed_in(self._of))

        found = await self.attempt(ask, _("Loading…"))
        if found is not None and self.is_there:
            self._rows.show(found)
            self._show_facts()
            self._show_keys()

    def on_rows_highlighted(self) -> None:
        """Another row."""
        self._show_facts()

    def _show_facts(self) -> None:
        chosen = self._rows.selected
        known = facts(chosen, datetime.now(UTC), self.site_zone) if chosen is not None else []
        self.query_one("#facts", Static).update(lines(known, min(self.app.size.width - 6, _WIDEST)))

    # --- ending -------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where there is something to end."""
        if action == "end":
            return self.is_there and self._rows.selected is not None
        if action == "end_all":
            return self.is_there and any(not (self._is_own and place.current) for place in self._rows.items)
        return True

    def _show_keys(self) -> None:
        self.refresh_bindings()
        all_of_them = _("end all others") if self._is_own else _("end all")
        keys = [("end", "e", _("end it")), ("end_all", "a", all_of_them), ("close", "Esc", _("back"))]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        self.query_one(KeyLine).say(found)

    def action_end(self) -> None:
        """End the one under the cursor, after asking."""
        chosen = self._rows.selected
        if chosen is not None:
            question = Confirmation(end_title(chosen), end_question(chosen), _("End"))
            self._begin(partial(self._end_one, question, chosen))

    async def _end_one(self, question: Confirmation, place: Place) -> None:
        api = self.connection.api
        end = api.end_session if place.device is None else api.end_device
        if not await self._end(question, partial(end, place.id, self._of)):
            return
        if place.current:
            if place.device is not None:
                await self.connection.forget_device()
            self.app.post_message(SignedOut())

    def action_end_all(self) -> None:
        """End all others, or all of a client's, after asking."""
        title = _("End all others?") if self._is_own else _("End all?")
        question = Confirmation(title, end_all_question(self._is_own), _("End all"))
        everywhere = partial(self.connection.api.end_everywhere, self._of)
        self._begin(partial(self._end, question, everywhere))

    def _begin(self, act: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """One act at a time: a second key while one asks does nothing."""
        if self._job is None or self._job.is_finished:
            self._job = self.beside(act, "act")

    async def _end(self, question: Confirmation, act: Callable[[], Awaitable[Ended]]) -> bool:
        """Whether the person has agreed and it is done."""
        if not await self.app.push_screen_wait(question):
            return False
        ended = await self.attempt(act, _("Ending…"))
        if ended is not None:
            self.say(done(ended))
        self._reload()
        return ended is not None

    def action_close(self) -> None:
        """Back."""
        self.leave(None)

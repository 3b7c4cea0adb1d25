"""Cloud: how the site stands with it, the link for clients, and the uploaders whose versions are taken."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantFocus
from textual.worker import Worker

from vestibule.cloud_models import CloudStatus, Signer, Signers
from vestibule.i18n import _, marked
from vestibule.models import Events
from vestibule.remote.connection import Connection
from vestibule.render import cloud_details
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.trying import Trying
from vestibule.signatures import grouped
from vestibule.text import NAME_LIMIT, visible
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.lines import Lines
from vestibule.widgets.rows import Heading
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.uploader_rows import UploaderRows

_AGAIN = 60.0
"""Seconds after which it is asked anew while it is open: the time of the last contact is no news."""
_ABOUT = ("cloud.", "system.")


class Cloud(Trying[None]):
    """The facts above, the uploaders below."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "Lines"
    DEFAULT_CSS: ClassVar[str] = "Cloud #facts { height: 3fr; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "alone", marked("Show the link as QR code"), id="cloud.alone"),
        Binding("y", "copy", marked("Copy the link"), id="cloud.copy"),
        Binding("a", "add", marked("Add an uploader"), id="cloud.add"),
        Binding("delete", "remove", marked("Remove the uploader"), id="cloud.remove"),
        Binding("escape", "close", marked("Back")),
    ]

    def __init__(self, connection: Connection, site_zone: ZoneInfo, half_blocks: bool | None) -> None:
        super().__init__(connection, site_zone)
        self._half_blocks = half_blocks
        self._status: CloudStatus | None = None
        self._job: Worker[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """Facts, uploaders, sentences, keys."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = _("Cloud")
            yield Lines(id="facts")
            yield Heading(id="which")
            rows = UploaderRows(self.site_zone)
            rows.empty = _("None: no version from the cloud is taken. a adds one by name and public key.")
            yield rows
            yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for everything, and listen."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self.set_interval(_AGAIN, self._reload)
        self._reload()
        self._show_keys()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def news(self, events: Events) -> None:
        """The site stands otherwise with its cloud, or somebody else has changed the uploaders."""
        if events.reset or any(event.action.startswith(_ABOUT) for event in events.events):
            self._reload()

    def line(self, lost: bool) -> None:
        """The connection is back."""
        if not lost:
            self._reload()

    # --- what is shown ------------------------------------------------------------------------

    @property
    def _rows(self) -> UploaderRows:
        return self.query_one(UploaderRows)

    def _reload(self) -> None:
        self.beside(self._fetch, "status", exclusive=True)

    async def _fetch(self) -> None:
        async def ask() -> tuple[CloudStatus, Signers]:
            return await self.connection.api.cloud(), await self.connection.api.signers()

        found = await self.attempt(ask, _("Loading…"))
        if found is not None and self.is_there:
            self._status, signers = found
            self._rows.show(signers.signers)
            self.query_one(Heading).words = f"{_('Uploaders')} {len(signers.signers)}"
            self._show_facts()
            self._show_keys()

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self._show_facts()

    def _show_facts(self) -> None:
        if self._status is not None:
            pane = self.query_one(Lines)
            now = datetime.now(UTC)
            pane.put(cloud_details.page(self._status, now, self.site_zone, pane.room))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The uploaders' own key is in force on their list."""
        self.query_one(Heading).current = isinstance(event.widget, UploaderRows)
        self._show_keys()

    def on_rows_highlighted(self) -> None:
        """Another uploader."""
        self._show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action in ("alone", "copy"):
            return self._status is not None and bool(self._status.link)
        if action == "remove":
            return self.is_there and self._rows.has_focus and self._rows.selected is not None
        return True

    def _show_keys(self) -> None:
        self.refresh_bindings()
        keys = [
            ("alone", "v", _("link as QR")),
            ("copy", "y", _("copy link")),
            ("add", "a", _("add uploader")),
            ("remove", "Del", _("remove")),
            ("next", "Tab", _("next part")),
            ("close", "Esc", _("back")),
        ]
        self.query_one(KeyLine).say(
            [(key, words) for action, key, words in keys if self.check_action(action, ())]
        )

    # --- the link -----------------------------------------------------------------------------

    def action_alone(self) -> None:
        """The link for clients, as large as it gets."""
        from vestibule.screens.cloud_link import CloudLink

        if self._status is not None and self._status.link:
            self.app.push_screen(CloudLink(self._status.link, self._half_blocks))

    def action_copy(self) -> None:
        """The link into the clipboard of the person's terminal."""
        if self._status is not None and self._status.link:
            self.app.copy_to_clipboard(self._status.link)
            self.say(_("The link was sent to your terminal's clipboard. If it is not there, copy the text."))

    # --- uploaders ----------------------------------------------------------------------------

    def action_add(self) -> None:
        """Take an uploader's versions."""
        from vestibule.screens.cloud_editor import UploaderEditor

        self.app.push_screen(UploaderEditor(self.connection, self.site_zone), self._added)

    def _added(self, signer: Signer | None) -> None:
        if signer is not None:
            self._reload()
            self.say(cloud_details.taken_from_now_on(signer))

    def action_remove(self) -> None:
        """Take an uploader's versions no more, after asking."""
        chosen = self._rows.selected
        if chosen is None:
            return
        about = {"name": visible(chosen.name, NAME_LIMIT), "key": grouped(chosen.fingerprint)}
        said = _("%(name)s (%(key)s): what this key has signed is not taken any more.")
        self._begin(partial(self._remove, chosen, said % about))

    def _begin(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One act at a time: a second key while one asks does nothing."""
        if self._job is None or self._job.is_finished:
            self._job = self.beside(act, "act")

    async def _remove(self, chosen: Signer, question: str) -> None:
        asked = Confirmation(_("Remove this uploader?"), question, _("Remove"))
        if not await self.app.push_screen_wait(asked):
            return

        async def do() -> bool:
            await self.connection.api.remove_signer(chosen.fingerprint)
            return True

        if await self.attempt(do):
            self.say(_("%(name)s is removed.") % {"name": visible(chosen.name, NAME_LIMIT)})
        self._reload()

    def action_close(self) -> None:
        """Back."""
        self.leave(None)

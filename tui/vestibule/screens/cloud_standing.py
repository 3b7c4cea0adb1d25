"""How the site stands with its cloud, for the rows of System about it: asked while somebody looks."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from vestibule.cloud_models import CloudStatus
from vestibule.i18n import _
from vestibule.models import Events
from vestibule.render.cloud_rows import ROWS, row_words
from vestibule.screens.system_acts import SystemActs

_FRESH = 60.0
"""Seconds for which an answer is taken for what is so: the time of the last contact is no news."""
_ABOUT = ("cloud.", "system.")


class CloudStanding(SystemActs):
    """The part of System that knows of the cloud. Its row is asked for when the cursor comes to it."""

    _cloud: CloudStatus | None = None
    _asked_at = float("-inf")
    _questions = 0
    """How often it was asked: an answer to an older question is not shown."""

    def on_mount(self) -> None:
        """The time of the last contact grows old."""
        self.set_interval(_FRESH, self.look_at_cloud)

    def news(self, events: Events) -> None:
        """The site stands otherwise with its cloud, or another version says what it wants of it."""
        super().news(events)
        if events.reset or any(event.action.startswith(_ABOUT) for event in events.events):
            self._ask_again()

    def line(self, lost: bool) -> None:
        """What happened while the connection was lost was not told."""
        super().line(lost)
        if not lost:
            self._ask_again()

    def on_screen_resume(self) -> None:
        """An uploader may have been added in the dialog."""
        self._ask_again()

    def _ask_again(self) -> None:
        self._asked_at = float("-inf")
        if self.is_mounted:
            self.look_at_cloud()

    def look_at_cloud(self) -> None:
        """Ask how the site stands, if somebody looks at a row that tells it and it may be another by now."""
        in_force = self.settings.settings if self.settings is not None else {}
        is_wanted = self.is_active and self._grid.selected_key in ROWS and in_force.get("cloud")
        if is_wanted and time.monotonic() - self._asked_at > _FRESH:
            self._asked_at = time.monotonic()
            self.work(self._fetch_cloud, "cloud")

    async def _fetch_cloud(self) -> None:
        self._questions += 1
        number = self._questions
        found = await self.attempt(self.connection.api.cloud, _("Loading…"))
        if found is not None and number == self._questions and self.is_attached:
            self._cloud = found
            self.show_settings()

    def cloud_words(self, key: str) -> list[str]:
        """How the site stands as far as the row ``key`` goes, and in fewer words; or nothing."""
        if self._cloud is None or self.settings is None or not self.settings.settings.get("cloud"):
            return []
        return row_words(key, self.settings.settings, self._cloud, datetime.now(UTC), self.site_zone)

    def action_cloud(self) -> None:
        """The cloud as a whole: how it stands, the link for clients, the uploaders."""
        from vestibule.screens.cloud import Cloud

        self.app.push_screen(Cloud(self.connection, self.site_zone, self.profile.half_blocks))

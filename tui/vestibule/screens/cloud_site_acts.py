"""What the operator of a cloud may do about its sites: add, reset, remove."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from textual.worker import Worker

from vestibule.cloud_models import CloudSite, CloudSiteAdded
from vestibule.i18n import _
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.trying import Trying
from vestibule.text import visible
from vestibule.widgets.cloud_site_rows import CloudSiteRows


class CloudSiteActs(Trying[None]):
    """The acts on the site under the cursor, each with its question and its sentence."""

    _job: Worker[None] | None = None

    @property
    def _rows(self) -> CloudSiteRows:
        return self.query_one(CloudSiteRows)

    def reload(self) -> None:
        """Ask anew for the sites around the cursor."""

    def restart(self) -> None:
        """Ask for the first sites, as if nothing were here."""

    def action_add(self) -> None:
        """Let a site register."""
        from vestibule.screens.cloud_editor import CloudSiteEditor

        self.app.push_screen(CloudSiteEditor(self.connection, self.site_zone), self._added)

    def _added(self, added: CloudSiteAdded | None) -> None:
        if added is not None:
            self.restart()
            self._show_password(added)

    def _show_password(self, added: CloudSiteAdded) -> None:
        from vestibule.screens.cloud_password import CloudPassword

        self.app.push_screen(CloudPassword(added))

    def action_reset(self) -> None:
        """Let a site register anew, after asking."""
        chosen = self._rows.selected
        if chosen is not None:
            question = _(
                "%(serial)s gets another password for cloud and registers anew, as after a change of its "
                "server. Its versions here are forgotten; it sends them again."
            )
            asked = Confirmation(_("Reset this site?"), question % _named(chosen), _("Reset"))
            self._begin(partial(self._reset, asked, chosen))

    async def _reset(self, asked: Confirmation, chosen: CloudSite) -> None:
        if not await self.app.push_screen_wait(asked):
            return
        api = self.connection.api
        added = await self.attempt(lambda: api.reset_cloud_site(chosen.serial, None), _("Resetting…"))
        if added is not None and self.is_there:
            self._show_password(added)
        self.reload()

    def action_remove(self) -> None:
        """Forget a site, after asking."""
        chosen = self._rows.selected
        if chosen is not None:
            question = _(
                "%(serial)s is forgotten here with its versions: nobody finds it through this cloud any "
                "more. The site itself stays as it is."
            )
            asked = Confirmation(_("Remove this site?"), question % _named(chosen), _("Remove"))
            self._begin(partial(self._remove, asked, chosen))

    async def _remove(self, asked: Confirmation, chosen: CloudSite) -> None:
        if not await self.app.push_screen_wait(asked):
            return

        async def do() -> bool:
            await self.connection.api.remove_cloud_site(chosen.serial)
            return True

        if await self.attempt(do):
            self.say(_("%(serial)s is removed from this cloud.") % _named(chosen))
        self.reload()

    def _begin(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One act at a time: a second key while one asks does nothing."""
        if self._job is None or self._job.is_finished:
            self._job = self.beside(act, "act")


def _named(each: CloudSite) -> dict[str, str]:
    return {"serial": visible(each.serial)}

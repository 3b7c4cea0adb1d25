"""What may be done to a property of System: staged, taken back, looked at; uploaded as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vestibule.i18n import _, ngettext
from vestibule.models import System as Settings
from vestibule.properties import BY_KEY, SECRETS, Kind
from vestibule.remote.connection import Connection
from vestibule.remote.staging import Staging
from vestibule.render.property_words import label
from vestibule.screens.property_editor import editor, sentence_of
from vestibule.screens.section import Section
from vestibule.terminal import Profile
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Rows
from vestibule.widgets.status_line import Tone

REVEALED = tuple(key for key in SECRETS if key != "password")
"""Secrets that the server can show; of the service password it keeps only a hash."""


class SystemActs(Section):
    """The acts of the System screen; edits are kept in ``staging`` and nowhere else."""

    _revealing = False

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__(connection, profile)
        self.staging = Staging(connection.folders, connection.address)
        self.settings: Settings | None = None
        """What is in force, once it is known."""

    @property
    def _grid(self) -> PropertyGrid:
        return self.query_one(PropertyGrid)

    def _load(self) -> None:
        """Ask for the settings anew."""

    def show_settings(self) -> None:
        """Bring the grid and what is around it up to date."""

    def wanted(self, key: str) -> Any:
        """The staged value of ``key``, else the one in force."""
        in_force = self.settings.settings if self.settings is not None else {}
        return self.staging.edits.get(key, in_force.get(key))

    # --- editing ------------------------------------------------------------------------------

    def on_property_grid_stepped(self, event: PropertyGrid.Stepped) -> None:
        """Space: turn the switch, take the next choice."""
        self._step(event.key)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter or a double click edits; a switch has only one other value."""
        if BY_KEY[self._grid.selected_key].kind is Kind.SWITCH:
            self._step(self._grid.selected_key)
        else:
            self.action_edit()

    def _step(self, key: str) -> None:
        entry, value = BY_KEY[key], self.wanted(key)
        if entry.kind is Kind.SWITCH:
            self._tell(self._keep(key, not value))
        elif entry.kind is Kind.CHOICE:
            at = entry.choices.index(value) if value in entry.choices else -1
            self._tell(self._keep(key, entry.choices[(at + 1) % len(entry.choices)]))

    def action_edit(self) -> None:
        """Open the editor of the row."""
        key = self._grid.selected_key
        if self.settings is None or not key:
            return
        client = self.connection.client
        if key == "password" and client is not None and not client.service:
            self.say(sentence_of("service_needed"), Tone.PROBLEM)
            return
        dialog = editor(
            key, self.wanted(key), lambda value: self._keep(key, value), self.profile.plain_glyphs
        )
        self.app.push_screen(dialog, lambda kept: self._tell_cleared(key) if kept else None)

    def _tell_cleared(self, key: str) -> None:
        """Two empty fields are quickly sent: say what that means."""
        if key in SECRETS and self.staging.edits.get(key) == "":
            self.say(_("%(secret)s is cleared by the next upload.") % {"secret": label(key)})

    def _keep(self, key: str, value: Any) -> str:
        """Stage ``value``; the answer is why not, as a sentence, or empty."""
        if self.settings is None:
            return _("The settings are not here yet.")
        try:
            self.staging.stage(key, value, self.settings)
        except ValueError as error:
            return sentence_of(str(error))
        except OSError:
            return _not_kept()
        self.show_settings()
        return ""

    def _tell(self, refused: str) -> None:
        if refused:
            self.say(refused, Tone.PROBLEM)

    # --- taking back --------------------------------------------------------------------------

    def action_revert(self) -> None:
        """Drop the edit of this row."""
        try:
            self.staging.revert(self._grid.selected_key)
        except OSError:
            self._tell(_not_kept())
        self.show_settings()

    def action_revert_all(self) -> None:
        """Drop all edits and the package file, after asking."""
        count = len(self.staging.edits)
        edits = ngettext("%d edit is dropped.", "%d edits are dropped.", count) % count
        question = _("%(edits)s Nothing on the server changes.") % {"edits": edits}
        if not count:
            question = _("The package file is not uploaded. Nothing on the server changes.")
        self._ask(_("Revert all?"), question, _("Revert all"), self._revert_all)

    async def _revert_all(self) -> None:
        try:
            self.staging.clear()
        except OSError:
            self._tell(_not_kept())
        else:
            self.say(_("All edits are dropped."))
        self.show_settings()

    # --- package, upload, versions ------------------------------------------------------------

    def action_package(self) -> None:
        """Choose the package file that goes with the edits."""
        from vestibule.screens.package_editor import PackageEditor

        draft = self.staging.draft
        staged = draft.package if draft is not None else None
        self.app.push_screen(PackageEditor(staged or "", self._keep_package))

    def _keep_package(self, path: str | None) -> str:
        if self.settings is None:
            return _("The settings are not here yet.")
        try:
            self.staging.stage_package(path, self.settings)
        except OSError:
            return _not_kept()
        self.show_settings()
        return ""

    @property
    def package_name(self) -> str:
        """The name of the staged package file. Foreign text; empty when there is none."""
        draft = self.staging.draft
        return Path(draft.package).name if draft is not None and draft.package else ""

    def action_upload(self) -> None:
        """Show the differences and upload them."""
        from vestibule.screens.upload import Upload

        self.app.push_screen(
            Upload(self.connection, self.staging, self.site_zone), lambda _uploaded: self._load()
        )

    def action_versions(self) -> None:
        """The versions there are: compare, restore."""
        from vestibule.screens.versions import Versions

        self.app.push_screen(Versions(self.connection, self.site_zone), lambda _nothing: self._load())

    # --- secrets ------------------------------------------------------------------------------

    def can_reveal(self, key: str) -> bool:
        """Whether the server has a secret for ``key`` that it can show."""
        return key in REVEALED and self.settings is not None and self.settings.settings[key]["set"]

    def action_reveal(self) -> None:
        """Show the secret that is in force, after asking for the password again."""
        key = self._grid.selected_key
        if self.can_reveal(key) and not self._revealing:
            self._revealing = True
            self.work(lambda: self._fetch_secret(key), "reveal")

    async def _fetch_secret(self, key: str) -> None:
        from vestibule.screens.secret_shown import SecretShown

        try:
            answer = await self.attempt(lambda: self.connection.api.reveal(key))
        finally:
            self._revealing = False
        if answer is not None and self.is_active:
            self.app.push_screen(SecretShown(label(key), answer.value))


def _not_kept() -> str:
    return _("The edits cannot be kept on this machine. Check that its disk has room and can be written.")

"""What may be done in Licences & codes, each act with its question and its sentence."""

from __future__ import annotations

from vestibule.i18n import _
from vestibule.models import Client, ClientFields, Licence, LicenceNew, OutstandingCode, Problem
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.screens.section import Section
from vestibule.text import NAME_LIMIT, visible
from vestibule.widgets.admin_list import AdminList
from vestibule.widgets.field import PlainInput
from vestibule.widgets.licence_list import LicenceList
from vestibule.widgets.outstanding_codes import OutstandingCodes
from vestibule.widgets.rows import Rows


class LicenceActs(Section):
    """The acts on what is selected in the lists of clients, codes and licences."""

    _switching = False

    @property
    def _users(self) -> AdminList:
        return self.query_one(AdminList)

    @property
    def _codes(self) -> OutstandingCodes:
        return self.query_one(OutstandingCodes)

    @property
    def _licences(self) -> LicenceList:
        return self.query_one(LicenceList)

    @property
    def _filter(self) -> PlainInput:
        return self.query_one("#filter", PlainInput)

    def _load(self) -> None:
        """Ask for codes and licences anew."""

    # --- the Admin option ---------------------------------------------------------------------

    def action_switch(self) -> None:
        """Give or take the Admin option."""
        chosen, own = self._users.selected, self.connection.client
        if chosen is None or self._switching:
            return
        if chosen.service:
            self.say(_("The service account keeps the Admin option: somebody must be able to give it back."))
        elif own is not None and chosen.id == own.id:
            self.say(_("Nobody takes their own Admin option. Ask another admin to do it."))
        else:
            self._switching = True
            self.work(lambda: self._switch(chosen), "admin")

    async def _switch(self, client: Client) -> None:
        fields = ClientFields(admin=not client.admin)
        try:
            edited = await self.attempt(lambda: self.connection.api.edit_client(client.id, fields))
        finally:
            self._switching = False
        if edited is not None:
            self._users.update_client(edited)
            self._load()
            said = _("%(name)s is an admin now.") if edited.admin else _("%(name)s is no admin any more.")
            self.say(said % {"name": visible(client.name or client.label, NAME_LIMIT)})

    # --- codes --------------------------------------------------------------------------------

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter on a code shows it."""
        if event.rows is self._codes:
            self.action_alone()

    def action_alone(self) -> None:
        """The code alone on the screen."""
        chosen = self._codes.selected
        if chosen is not None:
            self.work(lambda: self._show_alone(chosen), "alone")

    async def _show_alone(self, chosen: OutstandingCode) -> None:
        from vestibule.screens.code_only import CodeOnly

        code = await self.attempt(lambda: self.connection.api.code(chosen.client_id))
        if code is not None and self.is_active:
            self.app.push_screen(
                CodeOnly(chosen.client_id, code, self.profile.half_blocks, self.connection.live)
            )

    def action_revoke(self) -> None:
        """Make the code useless, after asking."""
        chosen = self._codes.selected
        if chosen is not None:
            whose = " · ".join(part for part in (chosen.label, chosen.name or chosen.profile) if part)
            question = _("%(code)s: nobody can sign in with it any more.") % {"code": whose}
            self._ask(_("Revoke this code?"), question, _("Revoke"), lambda: self._revoke(chosen))

    async def _revoke(self, chosen: OutstandingCode) -> None:
        async def do() -> bool:
            await self.connection.api.revoke_code(chosen.client_id)
            return True

        if await self.attempt(do):
            self.say(_("The code is revoked. A new one is issued in Clients."))
        self._load()

    # --- licences -----------------------------------------------------------------------------

    def action_add(self) -> None:
        """Add a licence."""
        from vestibule.screens.licence_editor import LicenceEditor

        self.app.push_screen(LicenceEditor(self._save), self._added)

    async def _save(self, new: LicenceNew) -> Licence | Problem:
        try:
            return await self.connection.api.add_licence(new)
        except ApiProblem as refused:
            return refused.problem
        except Unreachable:
            told = _("The server does not answer. Nothing you typed is lost; try again.")
            return Problem(type="", title=told, status=0, code="unreachable")

    def _added(self, licence: Licence | None) -> None:
        if licence is not None:
            self._load()
            self.say(_("The licence %(code)s is added.") % {"code": visible(licence.code)})

    def action_remove(self) -> None:
        """Remove a licence, after asking."""
        chosen = self._licences.selected
        if chosen is not None:
            about = {"code": chosen.code, "component": chosen.component, "seats": chosen.seats}
            question = _("%(code)s: %(component)s, seats: %(seats)d. It can be added again.") % about
            self._ask(_("Remove this licence?"), question, _("Remove"), lambda: self._remove(chosen))

    async def _remove(self, chosen: Licence) -> None:
        async def do() -> bool:
            await self.connection.api.remove_licence(chosen.id)
            return True

        if await self.attempt(do):
            self.say(_("The licence %(code)s is removed.") % {"code": visible(chosen.code)})
        self._load()

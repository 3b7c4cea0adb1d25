"""Everything that may be done to the selected client, each act with its question and its sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from vestibule.i18n import _
from vestibule.models import Client, ClientFields, ClientNew, Code, Problem
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.client_words import reset_done, reset_question
from vestibule.render.sentences import of_code
from vestibule.screens.section import Section
from vestibule.text import NAME_LIMIT, visible
from vestibule.widgets.client_detail import ClientDetail
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.status_line import Tone


class ClientActs(Section):
    """The acts of Manage clients, on ``_chosen`` in a :class:`ClientList` beside a :class:`ClientDetail`."""

    _chosen: Client | None = None
    _cloud_link = ""
    """How links begin that go by the cloud; empty while the usual ones are shown."""

    @property
    def _list(self) -> ClientList:
        return self.query_one(ClientList)

    def _act(self, job: Callable[[Client], Awaitable[None]], group: str) -> None:
        chosen = self._chosen
        if chosen is not None:
            self.work(lambda: job(chosen), group)

    def action_add(self) -> None:
        """Add a client."""
        self._open_editor(None)

    def action_edit(self) -> None:
        """Edit the selected client."""
        if self._chosen is not None:
            self._open_editor(self._chosen)

    def on_client_list_chosen(self) -> None:
        """Enter on a client edits it."""
        self.action_edit()

    def _open_editor(self, client: Client | None) -> None:
        from vestibule.screens.client_editor import ClientEditor

        async def save(fields: ClientNew | ClientFields) -> Client | Problem:
            return await self._save(client, fields)

        plain = self.profile.plain_glyphs
        editor = ClientEditor(client, self.site_zone, plain, save, lambda: datetime.now(UTC))
        self.app.push_screen(editor, self._edited if client else self._added)

    def _added(self, saved: Client | None) -> None:
        if saved is not None:
            self._show_saved(saved)
            self.say(_("Added. Pass the code on as text or QR.") if saved.code else _("Added."))

    def _edited(self, saved: Client | None) -> None:
        if saved is not None:
            self._show_saved(saved)
            self.say(_("Saved."))

    def _show_saved(self, saved: Client) -> None:
        self._list.reload()
        self._list.select_id(saved.id)

    async def _save(self, client: Client | None, fields: ClientNew | ClientFields) -> Client | Problem:
        api = self.connection.api
        try:
            if isinstance(fields, ClientNew):
                return await api.add_client(fields)
            assert client is not None
            return await api.edit_client(client.id, fields)
        except ApiProblem as refused:
            if refused.problem.code == "reauthentication_needed" and await self.prove():
                return await self._save(client, fields)
            return refused.problem
        except Unreachable:
            told = _("The server does not answer. Nothing you typed is lost; try again.")
            return Problem(type="", title=told, status=0, code="unreachable")

    def action_new_code(self) -> None:
        """Issue or renew a code; ask first when one still works, or when it is for one more device."""
        chosen = self._chosen
        if chosen is None or (chosen.first_login_at is None and chosen.code is None):
            self._act(self._new_code, "code")
            return
        question = _("The code that stands here still works. It would be dead at once.")
        if chosen.first_login_at is not None:
            question = _("%(name)s has signed in before. A new code binds one more device.")
        asked = question % {"name": _name(chosen)}
        self._ask(_("A new code?"), asked, _("New code"), lambda: self._new_code(chosen))

    async def _new_code(self, client: Client) -> None:
        if await self.attempt(lambda: self.connection.api.issue_code(client.id), _("Issuing a code…")):
            self._list.reload()
            self.say(_("A new code, for two hours and one login. The one before is dead."))

    def action_revoke(self) -> None:
        """Make the code useless, after asking."""
        if self._chosen is not None:
            chosen = self._chosen
            question = _("Nobody can sign in with it any more. n makes a new one.")
            self._ask(_("Revoke this code?"), question, _("Revoke"), lambda: self._revoke(chosen))

    async def _revoke(self, client: Client) -> None:
        if await self._done(lambda: self.connection.api.revoke_code(client.id)):
            self.say(_("The code is revoked. n makes a new one."))

    def action_able(self) -> None:
        """Disable, or enable again."""
        self._act(self._able, "able")

    async def _able(self, client: Client) -> None:
        fields = ClientFields(enabled=not client.enabled)
        if await self.attempt(lambda: self.connection.api.edit_client(client.id, fields)):
            self._list.reload()
            done = _("%(name)s is disabled and signed out everywhere. d enables again.")
            again = _("%(name)s may come in again.")
            self.say((done if client.enabled else again) % {"name": _name(client)})

    def action_remove(self) -> None:
        """Remove, after asking."""
        if self._chosen is None:
            return
        chosen, name = self._chosen, _name(self._chosen)
        question = _(
            "%(name)s, with code, devices and sessions. This cannot be undone; “disable” keeps the record."
        )
        self._ask(
            _("Remove this client?"), question % {"name": name}, _("Remove"), lambda: self._remove(chosen)
        )

    async def _remove(self, client: Client) -> None:
        if await self._done(lambda: self.connection.api.remove_client(client.id)):
            self.say(_("%(name)s is removed.") % {"name": _name(client)})

    # --- second factors -----------------------------------------------------------------------

    def action_reset(self) -> None:
        """Clear the second factors, after asking."""
        chosen = self._chosen
        if chosen is None:
            return
        if chosen.service:
            self.say(of_code("service_reset"), Tone.PROBLEM)
            return
        if self.connection.client is not None and chosen.id == self.connection.client.id:
            self.say(_("Your own factors are yours to change, in My security."), Tone.PROBLEM)
            return
        question = reset_question(_name(chosen))
        self._ask(_("Reset two-factor?"), question, _("Reset"), lambda: self._reset(chosen))

    async def _reset(self, client: Client) -> None:
        reset = await self.attempt(lambda: self.connection.api.reset_factors(client.id), _("Resetting…"))
        if reset is not None:
            self._list.update_client(reset)
            self._list.reload()
            self.say(reset_done(_name(reset)))

    # --- devices ------------------------------------------------------------------------------

    def action_devices(self) -> None:
        """Where the client is signed in."""
        from vestibule.screens.devices import Devices

        if self._chosen is not None:
            self.app.push_screen(Devices(self.connection, self.site_zone, self._chosen))

    def action_activity(self) -> None:
        """What the client has done, and what was done with it."""
        self._act(self._show_activity, "activity")

    async def _show_activity(self, client: Client) -> None:
        from vestibule.screens.activity import Activity

        await self.app.switch_mode("activity")
        activity = self.app.screen
        if isinstance(activity, Activity):
            activity.show_client(client)

    async def _done(self, work: Callable[[], Awaitable[None]]) -> bool:
        async def do() -> bool:
            await work()
            return True

        done = bool(await self.attempt(do))
        if done:
            self._list.reload()
        return done

    # --- the code -----------------------------------------------------------------------------

    def action_alone(self) -> None:
        """The code alone on the screen."""
        from vestibule.screens.code_only import CodeOnly

        chosen = self._chosen
        if chosen is not None and chosen.code is not None:
            live, blocks = self.connection.live, self.profile.half_blocks
            self.app.push_screen(CodeOnly(chosen.id, self._linked(chosen.code), blocks, live))

    def action_copy(self) -> None:
        """The link into the clipboard of the person's terminal."""
        if self._chosen is not None and self._chosen.code is not None:
            self.app.copy_to_clipboard(self._linked(self._chosen.code).link)
            self.say(_("The link was sent to your terminal's clipboard. If it is not there, copy the text."))

    @property
    def has_cloud(self) -> bool:
        """Whether the site has registered with a cloud, as far as is known here."""
        info = self.connection.info
        return info is not None and info.cloud

    @property
    def goes_by_cloud(self) -> bool:
        """Whether links are shown that go by the cloud, for guests who are not in the building."""
        return bool(self._cloud_link) and self.has_cloud

    def _linked(self, code: Code) -> Code:
        from vestibule.render.cloud_details import with_code

        return replace(code, link=with_code(self._cloud_link, code.code)) if self.goes_by_cloud else code

    def show_chosen(self) -> None:
        """The selected client beside the list."""
        chosen = self._chosen
        if chosen is not None and chosen.code is not None:
            chosen = replace(chosen, code=self._linked(chosen.code))
        self.query_one(ClientDetail).show(chosen)

    def action_by_cloud(self) -> None:
        """The other link: by the cloud, or the usual one."""
        if self._cloud_link:
            self._cloud_link = ""
            self._links_changed(_("The links are the usual ones again."))
        else:
            self.work(self._go_by_cloud, "cloud")

    async def _go_by_cloud(self) -> None:
        from vestibule.render.cloud_details import link_trouble

        status = await self.attempt(self.connection.api.cloud)
        if status is None:
            return
        if trouble := link_trouble(status):
            self.say(trouble, Tone.PROBLEM)
            return
        self._cloud_link = status.link
        self._links_changed(_("The links go by the cloud now: they work from anywhere, in Vestibule."))

    def _links_changed(self, said: str) -> None:
        self.show_chosen()
        self.show_keys()
        self.say(said)

    def action_style(self) -> None:
        """Another way to draw the code."""
        self.query_one(ClientDetail).code.next_style()

    def action_invert(self) -> None:
        """For terminals that swap dark and light."""
        self.query_one(ClientDetail).code.toggle_invert()


def _name(client: Client) -> str:
    """Short enough to leave room for the rest of a sentence."""
    return visible(client.name or client.label, NAME_LIMIT)

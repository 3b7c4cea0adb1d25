"""Add a client, or edit one: each field is explained while it has the focus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus, Key
from textual.widget import Widget
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import Client, ClientFields, ClientNew, Problem
from vestibule.render.client_form import added, changed, objections
from vestibule.render.client_words import explanations
from vestibule.render.sentences import sentence
from vestibule.screens.dialog import Dialog
from vestibule.widgets.client_form import ClientForm
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import SLOW

Save = Callable[[ClientNew | ClientFields], Awaitable[Client | Problem]]


class ClientEditor(Dialog[Client | None]):
    """Gives the client as the server has it now, or None when nothing was saved."""

    CSS_PATH = "client_editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "save", marked("Save"), id="client_editor.save"),
        Binding("escape", "leave", marked("Cancel"), id="client_editor.leave"),
        Binding("down,enter", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]

    def __init__(
        self,
        client: Client | None,
        zone: ZoneInfo,
        plain: bool,
        save: Save,
        now: Callable[[], datetime],
    ) -> None:
        """``client`` None adds one. ``save`` asks the server; ``now`` is the server's time."""
        super().__init__()
        self._client, self._zone, self._save = client, zone, save
        self._explanations = explanations(str(zone))
        self._form = ClientForm(client, zone, plain, now, id="form")
        self._explanation = Static("", id="explanation", markup=False)
        self._saving = self._asked = False
        self._refused: tuple[Widget | None, str] = (None, "")

    def compose(self) -> ComposeResult:
        """The fields, what the focused one means, the buttons, the keys."""
        with Vertical(id="dialog", classes="-new" if self._client is None else None) as dialog:
            dialog.border_title = self._title()
            yield self._form
            yield self._explanation
            with Horizontal(id="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Save"), id="save")
            yield KeyLine(
                [
                    ("ctrl+s/F2", _("save")),
                    ("Esc", _("cancel")),
                    ("Tab/↑↓", _("field")),
                    ("Space", _("choose")),
                ]
            )

    def _title(self) -> Content:
        if self._client is None:
            return Content(_("Add a client"))
        return text.content(_("Edit %(name)s") % {"name": self._client.name or self._client.label})

    def on_resize(self) -> None:
        """Keep the field in focus in sight."""
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Explain the field that has the focus now, unless it just got it back with a refusal."""
        widget, said = self._refused
        if said and event.widget is widget:
            self._say(said)
        else:
            self._refused = (None, "")
            self._explain(event.widget)

    def on_key(self, event: Key) -> None:
        """Any key takes the question back, but not those that answer it: escape, enter on Cancel."""
        if event.key not in ("escape", "enter"):
            self._take_back()

    def on_client_form_edited(self) -> None:
        """So does anything typed or ticked."""
        self._take_back()

    def on_client_form_scrolled(self, message: ClientForm.Scrolled) -> None:
        """Say in the border that there is more."""
        more = {(True, True): _("more ↑ ↓"), (True, False): _("more ↑"), (False, True): _("more ↓")}
        self.query_one("#dialog").border_subtitle = Content(more.get((message.above, message.below), ""))

    def on_input_submitted(self) -> None:
        """Enter goes on to the next field."""
        self.focus_next()

    def on_weekdays_last_kept(self) -> None:
        """Say why the last day stays."""
        self._say(_("One day must stay. To keep somebody out, disable the client in the list."))

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Save or leave."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Close, after asking once when something would be lost."""
        if self._saving:
            return
        if self._asked or not self._form.touched:
            self.leave(None)
        else:
            self._asked = True
            self._say(_("Escape again to discard what you typed; any other key goes on."))

    def action_save(self) -> None:
        """Ask the server to keep it, once."""
        if self._saving:
            return
        self._take_back()
        wrong = objections(self._form.values)
        for name in reversed(wrong):
            self._form.object(name, wrong[name])
        if wrong:
            return
        request = self._request()
        if self._client is not None and request == ClientFields():
            self.leave(self._client)
            return
        self._saving = True
        # Not exclusive: a write that has begun is never cancelled by another one.
        self.run_worker(self._send(request), name="save client", group="client_editor.save")

    def _request(self) -> ClientNew | ClientFields:
        if self._client is None:
            return added(self._form.values, self._form.code_minutes)
        return changed(self._client, self._form.values, self._zone)

    async def _send(self, request: ClientNew | ClientFields) -> None:
        focus = self.focused
        self._hold(True)
        slow = self.set_timer(SLOW, lambda: self._say(_("Saving…")))
        try:
            answer = await self._save(request)
        finally:
            slow.stop()
        if isinstance(answer, Client):
            self.leave(answer)
            return
        self._saving = False
        self._hold(False)
        self.set_focus(focus)
        self._refuse(answer)

    def _hold(self, held: bool) -> None:
        """While it is being saved nothing can be typed that would then be lost."""
        self._form.disabled = held
        self.query_one("#buttons").disabled = held

    def _refuse(self, problem: Problem) -> None:
        said = sentence(problem, self._zone)
        if not self._form.object(problem.field or "", said):
            self._refused = (self.focused, "! " + said)
            self._say("! " + said)

    def _take_back(self) -> None:
        if self._asked:
            self._explain(self.focused)

    def _explain(self, widget: Widget | None) -> None:
        self._asked = False
        nodes = widget.ancestors_with_self if widget is not None else []
        said = (self._explanations[node.id] for node in nodes if node.id in self._explanations)
        self._explanation.update(text.content(next(said, "")))

    def _say(self, said: str) -> None:
        self._explanation.update(text.content(said, "bold"))

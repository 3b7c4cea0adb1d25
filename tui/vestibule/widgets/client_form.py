"""All fields of a client in one column; it scrolls to the field in focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from vestibule.i18n import _
from vestibule.models import Client
from vestibule.render import client_words
from vestibule.render.client_form import CODE_MINUTES, Values, preset, shown
from vestibule.widgets.choice import Choice
from vestibule.widgets.field import Field
from vestibule.widgets.offers import Offers
from vestibule.widgets.tick import Tick
from vestibule.widgets.weekdays import Weekdays


# Scrolling is left to the focus: up and down belong to the fields.
class ClientForm(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields of one client, or of one to add; their ids are the names of the API's fields."""

    # The scrollbar's glyphs are missing from console fonts and its colours under NO_COLOR.
    DEFAULT_CSS = """
    ClientForm { height: 1fr; scrollbar-size-vertical: 0; }
    ClientForm .line { height: auto; }
    ClientForm .line > .label { width: 18; height: 1; }
    ClientForm .line > Items, ClientForm .line > Tick { margin-left: 2; }
    ClientForm .line:focus-within { visibility: visible; } /* see Field */
    ClientForm .line:focus-within > .label { text-style: bold; }
    ClientForm .fixed { text-style: bold; }
    """

    @dataclass
    class Edited(Message):
        """The person changed something."""

    @dataclass
    class Scrolled(Message):
        """Whether there is more than is in sight."""

        above: bool
        below: bool

    def __init__(
        self,
        client: Client | None,
        zone: ZoneInfo,
        plain: bool,
        now: Callable[[], datetime],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._new, self._service = client is None, client is not None and client.service
        self._zone, self._now = zone, now
        self._shown = shown(client, zone)
        self._more = (False, False)
        self._make_controls(plain)
        if self._service:
            for control in (self._presets, *map(self.control, ("username", *_VALIDITY, "admin"))):
                control.disabled = True

    def _make_controls(self, plain: bool) -> None:
        start = self._shown
        self._fields = {name: _field(name, label, hint, start) for name, (label, hint) in _fields().items()}
        self._ticks = {name: Tick(label, getattr(start, name), id=name) for name, label in _ticks().items()}
        self._kind = Choice(client_words.kinds(), start.kind, id="kind", plain=plain)
        self._presets = Offers(client_words.presets(), id="presets")
        self._weekdays = Weekdays(start.weekdays, id="weekdays")
        self._language = Choice(client_words.languages(), start.language, id="language", plain=plain)
        self._code = Choice(client_words.code_lives(), CODE_MINUTES, id="code_minutes", plain=plain)
        self._controls: dict[str, Widget] = {**self._fields, **self._ticks}
        for control in (self._kind, self._weekdays, self._language, self._code):
            self._controls[str(control.id)] = control

    def compose(self) -> ComposeResult:
        """One line or more per field."""
        if self._service:
            said = _("The service account: username, admin and validity are fixed.")
            yield Static(said, classes="fixed", markup=False)
        yield from map(self.control, ("name", "username", "profile"))
        yield _line(_("Kind"), self._kind)
        for label, tick in zip((_("Rights"), "", ""), self._ticks.values(), strict=True):
            yield _line(label, tick)
        yield from map(self.control, _VALIDITY)
        yield _line("", self._presets)
        yield _line(_("Weekdays"), self._weekdays)
        yield from map(self.control, ("hours_from", "hours_until", "phone"))
        yield _line(_("Language"), self._language)
        yield self.control("note")
        if self._new:
            yield _line(_("Code valid for"), self._code)

    def on_mount(self) -> None:
        """Tell whenever what is out of sight changes."""
        for attribute in ("scroll_y", "virtual_size", "container_size"):
            self.watch(self, attribute, self._await_layout)
        self.watch(self, "virtual_size", self._await_lines, init=False)

    @property
    def values(self) -> Values:
        """The form as it stands."""
        read: dict[str, Any] = {name: field.value for name, field in self._fields.items()}
        read |= {name: tick.value for name, tick in self._ticks.items()}
        read |= {"kind": self._kind.value, "language": self._language.value}
        return replace(self._shown, **read, weekdays=tuple(self._weekdays.value))

    @property
    def code_minutes(self) -> int:
        """How long the first code shall live; 0 for none."""
        return self._code.value

    @property
    def touched(self) -> bool:
        """Whether anything would be lost by closing."""
        return self.values != self._shown or self.code_minutes != CODE_MINUTES

    def control(self, name: str) -> Widget:
        """The widget for a field of the API. Raises KeyError for what is no field here."""
        return self._controls[name]

    def object(self, name: str, said: str) -> bool:
        """Say at the field what is wrong, and go there; False when it has no place for the sentence."""
        control = self._controls.get(name)
        if control is None or not control.is_attached:
            return False
        if isinstance(control, Field):
            control.object(said)  # it comes into view by itself
            return True
        self.screen.set_focus(control)
        self.call_after_refresh(control.scroll_visible, animate=False)
        return False

    @on(Tick.Changed)
    @on(Choice.Changed)
    @on(Weekdays.Changed)
    def _on_chosen(self) -> None:
        self.post_message(self.Edited())

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        event.stop()
        for node in event.input.ancestors:
            if isinstance(node, Field):
                node.accept()
        self.post_message(self.Edited())

    def on_offers_taken(self, message: Offers.Taken) -> None:
        """Write a preset into the field it is for."""
        message.stop()
        self._fields["valid_until"].value = preset(message.value, self._now(), self._zone)

    def _await_lines(self) -> None:
        self.call_after_refresh(self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        """An objection's new line may have pushed the field with the cursor out of sight."""
        for field in self._fields.values():
            if field.input.has_focus:
                field.scroll_visible(animate=False)

    def _await_layout(self) -> None:
        self.call_after_refresh(self._tell_more)

    def _tell_more(self) -> None:
        more = (self.scroll_y > 0, self.scroll_y < self.max_scroll_y)
        if more != self._more:
            self._more = more
            # To Textual whoever is running is the sender, and a parent is not told what it sent itself.
            self.post_message(self.Scrolled(*more).set_sender(self))


_VALIDITY = ("valid_from", "valid_until")


def _fields() -> dict[str, tuple[str, str]]:
    return {
        "name": (_("Name"), ""),
        "username": (_("Username"), ""),
        "profile": (_("Profile"), ""),
        "valid_from": (_("Valid from"), _("at once")),
        "valid_until": (_("Valid until"), _("no end")),
        "hours_from": (_("Hours from"), "00:00"),
        "hours_until": (_("Hours until"), "24:00"),
        "phone": (_("Phone"), ""),
        "note": (_("Note"), ""),
    }


def _ticks() -> dict[str, str]:
    return {
        "admin": _("Admin"),
        "require_two_factors": _("Require two factors"),
        "cloud_access": _("Cloud access"),
    }


def _field(name: str, label: str, hint: str, start: Values) -> Field:
    field = Field(label, id=name, value=getattr(start, name), placeholder=hint)
    # A selection is invisible on some terminals: the next letter must not replace the whole text.
    field.input.select_on_focus = False
    field.input.cursor_position = len(field.value)
    return field


def _line(label: str, control: Widget) -> Horizontal:
    return Horizontal(Static(label, classes="label", markup=False), control, classes="line")

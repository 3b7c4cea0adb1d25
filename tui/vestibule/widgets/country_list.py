"""A country, chosen by typing its name, its code or its dial code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantBlur, DescendantFocus, MouseDown
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from vestibule.countries import Country, countries, search
from vestibule.i18n import _, marked
from vestibule.render.client_row import fitted
from vestibule.widgets.field import Field, PlainInput, SecretInput
from vestibule.widgets.rows import Rows

_DIAL = 5
"""Cells of a dial code with its plus: the longest has three digits, and a space before it."""
_MARK = 2


class CountryRows(Rows[Country], can_focus=False):
    """``>• Switzerland     +41``: the cursor is what Enter would take, the dot what was taken."""

    # The focus stays in the line above, so there is no list with focus to reverse its row.
    DEFAULT_CSS: ClassVar[str] = """
    CountryRows { height: 1fr; }
    CountryRows.-active > .rows--cursor-blurred { text-style: reverse; }
    """

    def __init__(self, plain: bool) -> None:
        super().__init__()
        self._dot = "* " if plain else "• "
        self._chosen: str | None = None

    def identity(self, item: Country) -> str:
        """Its region."""
        return item.region

    def words(self, item: Country, width: int) -> str:
        """Mark, name and dial code."""
        mark = self._dot if item.region == self._chosen else " " * _MARK
        return mark + fitted([item.name], max(0, width - _MARK - _DIAL)) + f"+{item.dial}".rjust(_DIAL)

    def mark(self, region: str | None) -> None:
        """Put the dot at another country."""
        changed = {self._chosen, region}
        self._chosen = region
        for index, item in enumerate(self.items):
            if item.region in changed:
                self.refresh_row(index)

    def begin(self, items: list[Country], region: str | None = None) -> None:
        """Show ``items`` with the cursor on ``region``, or on the first."""
        self.show(items)
        self.cursor = next((index for index, item in enumerate(items) if item.region == region), 0)

    def look(self, active: bool) -> None:
        """Whether keys move the cursor now."""
        self.set_class(active, "-active")
        self.refresh_row(self.cursor)


class CountryList(Widget):
    """A line to type in, and beneath it what that finds. Up, down and the page keys move, Enter chooses.

    The country in force is said in the line while nothing is typed there, and stays in force until another
    is chosen: what was only typed is forgotten when the cursor leaves.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", marked("Move"), show=False),
        Binding("down", "move(1)", marked("Move"), show=False),
        Binding("pageup", "page(-1)", marked("Move"), show=False),
        Binding("pagedown", "page(1)", marked("Move"), show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = "CountryList { layout: vertical; height: 6; }"

    @dataclass
    class Chosen(Message):
        """The person chose a country, perhaps the same as before."""

        country: Country
        country_list: CountryList

        @property
        def control(self) -> CountryList:
            """The widget that reports."""
            return self.country_list

    def __init__(
        self, language: str, region: str | None, *, id: str | None = None, plain: bool = False
    ) -> None:
        """Names in ``language``; ``region`` is in force at first. ``plain`` marks it in ASCII."""
        super().__init__(id=id)
        self._countries = countries(language)
        self._chosen = next((each for each in self._countries if each.region == region), None)
        self._typed = ""
        self._line = Field(_("Country"), id="typed")
        self._rows = CountryRows(plain)

    def compose(self) -> ComposeResult:
        """The line and the list."""
        yield self._line
        yield self._rows

    def on_mount(self) -> None:
        """Show all, at the one in force."""
        self._rows.mark(self.value)
        self._show()

    def on_resize(self) -> None:
        """There may be more room for a name."""
        self._say()

    @property
    def value(self) -> str | None:
        """The region in force; None until there is one."""
        return self._chosen.region if self._chosen is not None else None

    @property
    def input(self) -> PlainInput | SecretInput:
        """What takes the focus."""
        return self._line.input

    # --- keys and mouse -----------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move the cursor of the list."""
        # A fast hand, or a slow line, has the key come before the event that tells what was typed.
        self._find(self._line.value)
        self._rows.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move it by what is in sight."""
        self._find(self._line.value)
        self._rows.action_page(pages)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what may be meant."""
        event.stop()
        self._find(self._line.value)  # the event may be old by now: see action_move

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter chooses what is under the cursor."""
        event.stop()
        self._find(event.value)
        self._choose()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """So does a double click."""
        event.stop()
        self._choose()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Nobody else's business."""
        event.stop()

    def on_mouse_down(self, event: MouseDown) -> None:
        """Whoever clicks here wants to go on here."""
        self.input.focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Keys come here now."""
        self._rows.look(active=True)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Keys go elsewhere: say again what is in force, unless it is the whole terminal that they left."""
        self._rows.look(active=False)
        if self.app.app_focus:
            self._clear()

    # --- the list -----------------------------------------------------------------------------

    def _find(self, typed: str) -> None:
        if typed != self._typed:
            self._typed = typed
            self._show()

    def _show(self) -> None:
        """What was typed may mean these; the cursor is on the likeliest, or where it was taken to."""
        found = search(self._countries, self._typed)
        self._rows.empty = self._no_match()
        self._rows.begin(found, self.value if len(found) == len(self._countries) else None)

    def _no_match(self) -> str:
        if self._chosen is None:
            return _("No such country.")
        return _("No such country. %(country)s stays chosen.") % {"country": self._chosen.name}

    def _choose(self) -> None:
        chosen = self._rows.selected
        if chosen is None:
            return
        self._chosen = chosen
        self._rows.mark(chosen.region)
        self._say()
        self._clear()
        # To Textual whoever is running is the sender, and a parent is not told what it sent itself.
        self.post_message(self.Chosen(chosen, self).set_sender(self))

    def _clear(self) -> None:
        """Forget what was typed and where the cursor was taken."""
        self._line.value = self._typed = ""
        self._show()

    def _say(self) -> None:
        """Name the country in force in the line, as well as there is room."""
        if self._chosen is not None:
            name = self._chosen.name
            said = fitted([f"{name} +{self._chosen.dial}", name], self.input.content_size.width)
            self.input.placeholder = said.rstrip()

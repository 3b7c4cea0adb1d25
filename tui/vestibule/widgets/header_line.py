"""The top line: the site, the sections with their digits, who is signed in, and a lost connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from vestibule import text

LONGEST = 28
"""Cells of a name; the sections must keep their place."""
MENU_KEY = "F4"
_SITE, _WHO = 8, 4
"""Cells of a name below which it says nothing."""
_EASY_SITE, _EASY_WHO = 16, 12
"""Cells in which most names are whole: other sections' titles are given up for them."""
_GAP = 2


class Tab(NamedTuple):
    """A section: its digit, its title, the same where there is little room, whether it is this one."""

    digit: str
    title: str
    short: str
    current: bool


class HeaderLine(Static):
    """``Haus Lindenhof   1 Clients  2 System   F4 Anna Rossi``; the current section is reversed."""

    DEFAULT_CSS = "HeaderLine { dock: top; height: 1; padding: 0 1; background: $surface; }"
    ALLOW_SELECT = False

    class MenuWanted(Message):
        """The person clicked on their name."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._menu_at = 0

    def say(self, site: str, tabs: Sequence[Tab], who: str, lost: Sequence[str] = ()) -> None:
        """``site`` and ``who`` are foreign text; ``lost`` says that the line is, the longest words first."""
        width = max(1, self.app.size.width - 2)
        line, self._menu_at = header(site, tabs, who, lost, width)
        self.update(line)

    def on_click(self, event: Click) -> None:
        """At the name, the menu is wanted."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.x >= self._menu_at:
            self.post_message(self.MenuWanted().set_sender(self))


def header(site: str, tabs: Sequence[Tab], who: str, lost: Sequence[str], width: int) -> tuple[Content, int]:
    """The line ``width`` cells wide, and where its last part begins.

    Where it is narrow, first the titles are shortened, then only digits and the current title stay; then the
    names are cut, and at last there is no site.
    """
    name = text.content(site, "bold").truncate(LONGEST, ellipsis=True)
    middles = _middles(tabs)
    for middle, least_site, least_who in (
        *((middle, _EASY_SITE, _EASY_WHO) for middle in middles),
        (middles[-1], _SITE, _WHO),
        (middles[-1], _SITE, 0),
    ):
        room = width - middle.cell_length - 2 * _GAP
        least = min(name.cell_length, least_site)
        person = _person(who, lost, room - least)
        if person.cell_length + least <= room and _says_enough(person, who, lost, least_who):
            site_name = name.truncate(room - person.cell_length, ellipsis=True)
            return _spread(Content.assemble(site_name, " " * _GAP, middle), person, width)
    return _spread(middles[-1], _person(who, lost, width - middles[-1].cell_length - 1), width)


def _says_enough(person: Content, who: str, lost: Sequence[str], least: int) -> bool:
    """Whether so many cells of the name are left, if it has so many; and of a lost line, since when."""
    if lost:
        return least == 0 or person.plain.strip() != lost[-1]
    if not who:
        return True
    return person.cell_length >= len(MENU_KEY) + 1 + min(text.content(who).cell_length, least) or least == 0


def _spread(left: Content, right: Content, width: int) -> tuple[Content, int]:
    begin = max(left.cell_length + 1, width - right.cell_length)
    return Content.assemble(left, " " * (begin - left.cell_length), right), begin


def _middles(tabs: Sequence[Tab]) -> list[Content]:
    """The sections, from their full titles to the digits with one short title."""
    return [
        _line([(f" {tab.digit} {tab.title} ", tab.current) for tab in tabs], ""),
        _line([(f" {tab.digit} {tab.short} ", tab.current) for tab in tabs], ""),
        _line([(f"{tab.digit} {tab.short}", tab.current) for tab in tabs], " "),
        _line([(f"{tab.digit} {tab.short}" if tab.current else tab.digit, tab.current) for tab in tabs], " "),
    ]


def _line(words: Sequence[tuple[str, bool]], gap: str) -> Content:
    return Content(gap).join([Content.styled(word, "reverse" if current else "") for word, current in words])


def _person(who: str, lost: Sequence[str], room: int) -> Content:
    """That the line is lost, or who is signed in with the key of their menu; as much as there is room for."""
    if lost:
        forms = [Content.styled(f" {form} ", "bold reverse") for form in lost]
        return next((form for form in forms if form.cell_length <= room), forms[-1])
    if not who:
        return Content("")
    name = text.content(who).truncate(LONGEST, ellipsis=True)
    key = Content.styled(MENU_KEY, "bold")
    left = room - key.cell_length - 1
    if left < min(name.cell_length, _WHO):
        return key
    return Content.assemble(key, " ", name.truncate(left, ellipsis=True))

"""The top line: the site, the sections with their digits, who is signed in, and a lost connection."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _

LONGEST = 28
"""Cells of a name; the sections must keep their place."""


class HeaderLine(Static):
    """``Haus Lindenhof   1 Clients  2 System   Anna Rossi``; the current section is reversed."""

    DEFAULT_CSS = "HeaderLine { dock: top; height: 1; padding: 0 1; background: $surface; }"
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def say(self, site: str, sections: Sequence[tuple[str, str, bool]], who: str, lost: bool) -> None:
        """``sections`` are (digit, title, current); ``site`` and ``who`` are foreign text."""
        tabs = [
            Content.styled(f" {digit} {title} ", "reverse" if current else "")
            for digit, title, current in sections
        ]
        gone = Content.styled(" " + _("! no connection, trying again") + " ", "bold reverse")
        person = gone if lost else text.content(who).truncate(LONGEST, ellipsis=True)
        name = text.content(site, "bold").truncate(LONGEST, ellipsis=True)
        left = Content.assemble(name, "  ", *tabs)
        room = max(1, self.app.size.width - 2 - left.cell_length - person.cell_length)
        self.update(Content.assemble(left, " " * room, person))

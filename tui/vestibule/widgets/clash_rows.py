"""Rows that two people have changed: each side by side, with a mark at the one that is to stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from vestibule.i18n import _, marked
from vestibule.render.client_row import fitted
from vestibule.widgets.rows import Rows

_LABEL = 24
_MARK = 4


@dataclass(frozen=True)
class Clash:
    """One row in words. ``mine`` is None where only others have changed it."""

    key: str
    label: str
    base: str
    theirs: str
    mine: str | None
    keep_mine: bool = True

    @property
    def whole(self) -> str:
        """All of it, for where there is room."""
        if self.mine is None:
            return _("%(label)s: was %(base)s, is %(theirs)s by somebody else, and you did not edit it.") % (
                {"label": self.label, "base": self.base, "theirs": self.theirs}
            )
        about = {"label": self.label, "base": self.base, "theirs": self.theirs, "mine": self.mine}
        return _("%(label)s: was %(base)s · theirs %(theirs)s · mine %(mine)s") % about


class ClashRows(Rows[Clash]):
    """``Location   Basel   ( ) Bern   (x) Chur``; Space takes the other one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", marked("Theirs or mine")),
        Binding("left", "take(False)", marked("Theirs")),
        Binding("right", "take(True)", marked("Mine")),
    ]

    def identity(self, item: Clash) -> str:
        """Its key."""
        return item.key

    def words(self, item: Clash, width: int) -> str:
        """Label, base, theirs, mine, each as wide as the heading's."""
        theirs, mine = self._side(item, mine=False), self._side(item, mine=True)
        return self.line(item.label, item.base, theirs, mine, width)

    def line(self, label: str, base: str, theirs: str, mine: str, width: int) -> str:
        """Four cells under each other; also the heading is made with it."""
        first = min(_LABEL, width // 4)
        each = max(1, (width - first - 3) // 3)
        return " ".join([fitted([label], first), *(fitted([cell], each) for cell in (base, theirs, mine))])

    def _side(self, item: Clash, mine: bool) -> str:
        if item.mine is None:
            return _("taken over") if mine else " " * _MARK + item.theirs
        mark = "(x) " if item.keep_mine is mine else "( ) "
        return mark + (item.mine if mine else item.theirs)

    def action_switch(self) -> None:
        """Take the other side of the row under the cursor."""
        chosen = self.selected
        if chosen is not None and chosen.mine is not None:
            self._set({chosen.key}, not chosen.keep_mine)

    def action_take(self, mine: bool) -> None:
        """Take one side of the row under the cursor."""
        if self.selected is not None:
            self._set({self.selected.key}, mine)

    def take_all(self, mine: bool) -> None:
        """Take one side everywhere."""
        self._set({item.key for item in self.items}, mine)

    def _set(self, keys: set[str], mine: bool) -> None:
        self.show([replace(item, keep_mine=mine) if item.key in keys else item for item in self.items])

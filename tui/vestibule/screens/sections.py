"""The sections of an admin, by their digits; each is imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from textual.screen import Screen

from vestibule.i18n import _
from vestibule.remote.connection import Connection
from vestibule.terminal import Profile


class Entry(NamedTuple):
    """Where a section is: its digit, its module and the class in it."""

    digit: str
    name: str
    screen: str

    def open(self, connection: Connection, profile: Profile) -> Screen[Any]:
        """Its screen."""
        module = import_module(f"vestibule.screens.{self.name}")
        screen: Screen[Any] = getattr(module, self.screen)(connection, profile)
        return screen


SECTIONS = (
    Entry("1", "clients", "Clients"),
    Entry("2", "system", "System"),
    Entry("3", "licences", "Licences"),
)


def titles() -> dict[str, str]:
    """Name → title, in the person's language."""
    return {
        "clients": _("Clients"),
        "system": _("System"),
        "licences": _("Licences & codes"),
    }

"""The sections by their digits, and who sees which; each is imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from textual.screen import Screen

from vestibule.i18n import _
from vestibule.models import Strength
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


OWN_DIGIT = "6"
_OWN = Entry(OWN_DIGIT, "my_security", "MySecurity")
SECTIONS = (
    Entry("1", "clients", "Clients"),
    Entry("2", "system", "System"),
    Entry("3", "licences", "Licences"),
    Entry("4", "two_factor", "TwoFactor"),
    Entry("5", "activity", "Activity"),
    _OWN,
)
"""Those of an admin."""
_OF_OTHERS = (Entry("1", "home", "Home"), _OWN)
_ENROLMENT = (Entry("", "enrolment", "Enrolment"),)
"""Of a session that must set a second factor up first."""
DIGITS = "123456"


def open_to(connection: Connection) -> tuple[Entry, ...]:
    """The sections of whoever is signed in, the first one first."""
    if connection.strength is Strength.ENROLMENT:
        return _ENROLMENT
    client = connection.client
    return SECTIONS if client is not None and client.admin else _OF_OTHERS


def titles() -> dict[str, str]:
    """Name → title, in the person's language."""
    return {
        "clients": _("Clients"),
        "system": _("System"),
        "licences": _("Licences & codes"),
        "two_factor": _("Two-factor"),
        "activity": _("Activity"),
        "my_security": _("My security"),
        "home": _("Home"),
    }


def short_titles() -> dict[str, str]:
    """The same where the line is short."""
    return {**titles(), "licences": _("Licences"), "my_security": _("Security")}

"""What the tests of screens share: the app on a real site in this process, with somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.screen import Screen

import vestibule.screens.section  # noqa: F401 - keeps what is open to whom when it is imported
from tests.sites import PASSWORD
from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.models import ClientNew, SignIn
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

OWN_PASSWORD = "another horse battery staple"
PROFILE = Profile(sixteen_colours=False, colourless=False, plain_glyphs=False, console=False)
SERVICE = SignIn(mode="password", username="service", password=PASSWORD)
LINKS = "https://gateway:7550"


class SignedIn:
    """The app, with somebody signed in by what ``welcome`` says."""

    def __init__(self, here: Folders, welcome: SignIn = SERVICE) -> None:
        self.connection = Connection(here, links=LINKS, welcome=welcome)
        self.app = VestibuleApp(self.connection, PROFILE)

    def open_only(
        self,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        screen: Callable[[Connection, Profile], Screen[Any]],
    ) -> None:
        """Let signing in open this section alone."""
        entry = SimpleNamespace(name=name, open=screen)
        monkeypatch.setattr("vestibule.screens.sections.open_to", lambda _connection: (entry,))

    @property
    def said(self) -> str:
        return self.app.screen.query_one(StatusLine).sentence

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.app.screen.query_one(KeyLine).keys]

    def field(self, id: str = "value") -> Field:
        return self.app.screen.query_one(f"#{id}", Field)

    def shown(self, place: str) -> str:
        return str(self.app.screen.query_one(place).render())


async def an_admin(here: Folders, console: Api) -> SignIn:
    """Somebody who has a password, and signs in by a code: that session is not fresh."""
    added = await console.add_client(ClientNew(name="Admin", username="admin", admin=True))
    assert added.code is not None
    async with open_site(here, LINKS) as own:
        await own.sign_in(SignIn(mode="otp", code=added.code.code, name="Admin", device="pc"))
        await own.change_password(OWN_PASSWORD, None)
    code = await console.issue_code(added.id)
    return SignIn(mode="otp", code=code.code, name="Admin", device="pc")

"""The kiosk in this process, as its tests look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.screens.desk import PROFILE
from tests.waiting import until
from vestibule import i18n
from vestibule.config import Folders
from vestibule.kiosk.app import KioskApp
from vestibule.kiosk.connection import KioskConnection
from vestibule.kiosk.entrance import Entrance
from vestibule.kiosk.keypad import Keypad
from vestibule.models import ClientNew
from vestibule.remote.api import Api
from vestibule.remote.sites import HERE
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

W = TypeVar("W", bound=Widget)


class Kiosk:
    """The app, and who stands before it."""

    def __init__(self, here: Folders, idle: float = 60.0, **options: Any) -> None:
        self.connection = KioskConnection(here, HERE)
        self.app = KioskApp(self.connection, PROFILE, idle=idle, **options)
        self.pilot: Pilot[None]

    def one(self, kind: type[W]) -> W:
        """The one of its kind on the screen."""
        return self.app.screen.query_one(kind)

    def field(self, name: str) -> Field:
        return self.app.screen.query_one(f"#{name}", Field)

    @property
    def at(self) -> str:
        """The id of the field with the focus, or the kind of what has it."""
        focused = self.app.focused
        if focused is None:
            return ""
        return getattr(focused.parent, "id", None) or focused.id or type(focused).__name__

    @property
    def keys(self) -> list[str]:
        return [key for key, _action in self.one(KeyLine).keys]

    @property
    def said(self) -> str:
        return self.one(StatusLine).sentence

    @property
    def is_at_entrance(self) -> bool:
        return isinstance(self.app.screen, Entrance)

    @property
    def shown(self) -> str:
        """Everything that stands on the screen by now, as text."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips[:height]) + "\n" * bool(width)

    def label(self, place: str) -> str:
        return str(self.app.screen.query_one(place, Static).render())

    async def tap(self, key: str) -> None:
        """A finger on a key of the keypad."""
        keypad = self.one(Keypad)
        grid = keypad._grid(keypad.size.width)
        index = keypad.labels.index(key)
        row, column = divmod(index, grid.columns)
        x = column * grid.pitch + 2
        await self.pilot.click(Keypad, offset=(x, 1 + 2 * row if grid.boxed else row))

    async def sign_in(self, code: str, name: str = "Anna Rossi") -> None:
        self.field("code").value = code
        self.field("name").value = name
        self.press_button("sign-in")
        await until(lambda: not self.is_at_entrance)

    def press_button(self, name: str) -> None:
        self.app.screen.query_one(f"#{name}", PushButton).action_press()


@asynccontextmanager
async def kiosk(
    here: Folders, idle: float = 60.0, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Kiosk]:
    """A kiosk that is connected and waits."""
    i18n.use("en")
    shown = Kiosk(here, idle, **options)
    try:
        async with shown.app.run_test(size=size) as shown.pilot:
            await until(lambda: shown.connection.connected and shown.connection.info is not None)
            yield shown
    finally:
        await shown.connection.close()
        i18n.use("en")


async def a_code(console: Api, name: str = "Room 12", **fields: Any) -> str:
    """A client's one-time code."""
    added = await console.add_client(ClientNew(name=name, **fields))
    assert added.code is not None
    return added.code.code

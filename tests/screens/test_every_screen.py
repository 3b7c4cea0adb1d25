"""What must hold on every screen: each is opened once in each language, and looked at for all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from tests.screens.every_screen import every, here
from tests.screens.fits import misfits
from tests.screens.test_help import wrong_help
from tests.screens.test_keys import wrong_keys
from tests.screens.test_languages import misplaced, speaks, still_english
from vestibule import i18n
from vestibule.config import Folders
from vestibule.models import ClientNew, Kind
from vestibule.remote.api import Api

__all__ = ["here"]
PHONE, USUAL, LARGE, HUGE = (40, 24), (80, 24), (120, 40), (200, 60)
OPENED_AT = {"en": USUAL, "de": PHONE, "fr": PHONE}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(i18n.SOURCE)


@pytest.mark.parametrize("language", OPENED_AT)
async def test_every_screen(
    language: str, here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await speaks(console, language)
    await console.add_client(ClientNew(name="Marc Dubois", kind=Kind.EXTERNAL, valid_until="2030-01-31"))
    wrong: list[str] = []
    async for name, pilot, screen in every(here, console, monkeypatch, OPENED_AT[language]):
        assert i18n.current() == language
        found = in_english(pilot, screen) if language == i18n.SOURCE else translated(name, pilot, screen)
        wrong += [f"{name}: {why}" async for why in found]
    assert not wrong, "\n".join(wrong)


async def in_english(pilot: Pilot[None], screen: Screen[None]) -> AsyncIterator[str]:
    """It fits, its keys are listed, and F1 explains everything."""
    async for why in misfits(screen):
        yield f"does not fit 80×24: {why}"
    async for why in wrong_keys(pilot, screen):
        yield f"keys: {why}"
    await pilot.resize_terminal(*HUGE)
    async for why in misfits(screen):
        yield f"does not fit 200×60: {why}"
    await pilot.resize_terminal(*USUAL)
    async for why in wrong_help(pilot, screen):
        yield f"help: {why}"


async def translated(name: str, pilot: Pilot[None], screen: Screen[None]) -> AsyncIterator[str]:
    """It fits although words are longer, and none of them is English."""
    async for why in misfits(screen):
        yield f"does not fit 40×24: {why}"
    await pilot.resize_terminal(*USUAL)
    for why in misplaced(screen):
        yield f"has no room at 80×24: {why}"
    for why in still_english(name, screen, i18n.current()):
        yield f"is English: {why}"
    if i18n.current() == "de":
        await pilot.resize_terminal(*LARGE)
        async for why in misfits(screen):
            yield f"does not fit 120×40: {why}"

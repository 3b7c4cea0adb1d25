"""The kiosk in every language, also as narrow as a phone: nothing stays English, and everything has room."""

from __future__ import annotations

import pytest

from tests.kiosk.kiosk import a_code, kiosk
from tests.screens.test_languages import english, misplaced
from tests.test_translations import OTHERS
from tests.waiting import until
from vestibule import i18n
from vestibule.config import Folders
from vestibule.kiosk.home import KioskHome
from vestibule.kiosk.languages import Languages
from vestibule.remote.api import Api

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [(40, 24), (80, 24)])
@pytest.mark.parametrize("language", OTHERS)
async def test_the_entrance_and_what_lies_behind_it(
    here: Folders, console: Api, language: str, size: tuple[int, int]
) -> None:
    code = await a_code(console)
    async with kiosk(here, size=size) as shown:
        shown.one(Languages).choose(list(i18n.LANGUAGES).index(language))
        await until(lambda: i18n.current() == language and shown.is_at_entrance)
        screen = shown.app.screen
        assert (english(screen, language), misplaced(screen)) == ([], [])
        await shown.pilot.press(*code.replace("-", ""), "enter", *"Anna", "enter")
        await until(lambda: isinstance(shown.app.screen, KioskHome))
        screen = shown.app.screen
        assert (english(screen, language), misplaced(screen)) == ([], [])

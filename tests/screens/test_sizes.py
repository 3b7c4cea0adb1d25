"""Every screen at the sizes terminals have: each control can be reached, and no words are cut off unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Input

from tests.screens.every_screen import EVERY, Place, furnished, here
from tests.screens.test_languages import speaks
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule import i18n
from vestibule.config import Folders
from vestibule.remote.api import Api

__all__ = ["here"]
PHONE, USUAL, LARGE, HUGE = (40, 24), (80, 24), (120, 40), (200, 60)
CASES = [(PHONE, "de"), (PHONE, "fr"), (USUAL, "en"), (LARGE, "de"), (HUGE, "en")]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(i18n.SOURCE)


@pytest.mark.parametrize(("size", "language"), CASES)
async def test_every_screen_fits(
    size: tuple[int, int], language: str, here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    if language != i18n.SOURCE:
        await speaks(console, language)
    place = await furnished(here, console, monkeypatch)
    async with place.desk.running(size):
        await place.desk.connection.api.reauthenticate(PASSWORD)
        found = {name: await look_at(name, place) for name in EVERY}
    wrong = [f"{name}: {what}" for name, all_of_it in found.items() for what in all_of_it]
    assert not wrong, "\n".join(wrong)


async def look_at(name: str, place: Place) -> list[str]:
    """What is wrong with one screen."""
    screen = await EVERY[name][1](place)
    place.desk.app.push_screen(screen)
    await until(lambda: screen.is_current and screen.is_mounted)
    await until(partial(_is_settled, screen))
    found = [*cut(screen)]
    for widget in screen.focus_chain:
        found += await unreachable(screen, widget)
    await place.desk.app.pop_screen()
    return found


def _is_settled(screen: Screen[Any]) -> bool:
    return not [worker for worker in screen.workers if worker.node is screen and worker.is_running]


async def unreachable(screen: Screen[Any], widget: Widget) -> list[str]:
    """What cannot be seen of a control, also once it has the focus."""
    if is_seen(screen, widget):
        return []
    screen.set_focus(widget)
    with suppress(AssertionError):
        await until(lambda: is_seen(screen, widget), 5)
    placed = screen.find_widget(widget)
    seen = f"{widget} at {placed.region}, of which {placed.visible_region} can be seen"
    return [] if is_seen(screen, widget) else [seen]


def is_seen(screen: Screen[Any], widget: Widget) -> bool:
    """Whether all of it is on the screen; of a list that scrolls by itself, its width and a row."""
    placed = screen.find_widget(widget)
    seen, whole = placed.visible_region, placed.region
    is_list = isinstance(widget, ScrollView) and not isinstance(widget, Input)
    enough = seen.height >= 1 and seen.width == whole.width if is_list else seen == whole
    least = 8 if isinstance(widget, Input) else 1
    return bool(enough and whole.area and whole.width >= least and screen.region.contains_region(seen))


def cut(screen: Screen[Any]) -> Iterator[str]:
    """Words for which there is no room, and nothing that says so."""
    for widget in screen.query(Widget):
        if not widget.display or not widget.size.area or widget.children or isinstance(widget, ScrollView):
            continue
        said = widget.render()
        if isinstance(said, Content) and said.plain.strip():
            width, height = widget.content_size
            needed = widget.get_content_height(screen.size, screen.size, width)
            too_long = max(cell_len(word) for word in said.plain.split() or [""]) > width
            one_line = height == 1 and said.cell_length > width and "\n" not in said.plain
            if needed > height or (too_long and one_line) or (one_line and not wraps(widget)):
                yield f"{widget} has {width}×{height} for {said.plain!r}"


def wraps(widget: Widget) -> bool:
    """Whether what is too long says so, or goes on in the next line."""
    return widget.styles.text_overflow == "ellipsis" or widget.styles.text_wrap == "wrap"

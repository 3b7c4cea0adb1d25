"""``?``, F1 and the palette list the keys of every screen: all of them, and none that does nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from inspect import getsourcefile
from pathlib import Path
from typing import Any

import pytest
from textual.binding import ActiveBinding
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.screens.every_screen import EVERY, every, here, opened
from tests.waiting import until
from vestibule.config import Folders
from vestibule.remote.api import Api
from vestibule.screens.keys import KeyTable, Listed, listed, pressed, shown
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton

__all__ = ["here"]
LEAVING = re.compile(r"quit|sign_out|open_section|my_security|suspend_process")
"""These are tried elsewhere: they end what the test looks at."""
UNSEEN = frozenset({"redraw", "check"})
"""These show nothing new where nothing is new."""
WORDS = re.compile(r"[A-Z].*[a-z]{3}.*")
"""What somebody would type to find it."""
TIMES = re.compile(r"\d+:\d\d(:\d\d)?")


def all_keys(rows: list[Listed]) -> set[str]:
    return {key for row in rows for name in row.keys.split(" ") for key in pressed(name)}


def ours(screen: Screen[Any]) -> dict[str, ActiveBinding]:
    """The keys in force that Vestibule describes, found another way than the list finds them."""
    found = {}
    for key, active in screen.active_bindings.items():
        words = active.binding.description
        in_file = any(
            f'marked("{words}")' in source(kind)
            for kind in type(active.node).__mro__
            if kind.__module__.startswith("vestibule")
        )
        if words and in_file:
            found[key] = active
    return found


def source(kind: type) -> str:
    return Path(getsourcefile(kind) or "").read_text()


async def wrong_keys(pilot: Pilot[None], screen: Screen[Any]) -> AsyncIterator[str]:
    """What is wrong with the list of keys, wherever the focus is, and with the palette."""
    for why in not_found(screen):
        yield why
    stops: list[Widget | None] = [*screen.focus_chain]
    for widget in stops or [None]:
        screen.set_focus(widget)
        await pilot.pause()  # the key line follows
        for why in objections(screen):
            yield f"{widget}: {why}"


def objections(screen: Screen[Any]) -> Iterator[str]:
    """What is wrong with the list of keys as the focus is now."""
    rows = listed(screen)
    keys = all_keys(rows)
    goes_round = len(screen.focus_chain) > 1
    needed = {key for key, each in ours(screen).items() if goes_round or "focus_" not in each.binding.action}
    line = {key for said, _words in screen.query_one(KeyLine).keys for key in pressed(said)}
    line &= {*screen.active_bindings, "ctrl+q"}
    if missing := ({"f1"} | needed | line) - keys:
        yield f"not listed: {missing}"
    for key in keys:
        if not is_bound(screen, key):
            yield f"{key} does nothing"
    for row in rows:
        if not row.words:
            yield f"{row.keys} is listed without words"
    yield from untrue(screen)


def untrue(screen: Screen[Any]) -> Iterator[str]:
    """What the key line promises of Enter and another button would do, or nothing."""
    others = {button.label.casefold() for button in screen.query(PushButton) if not button.has_focus}
    on_button = isinstance(screen.focused, PushButton)
    for said, words in screen.query_one(KeyLine).said:
        if "Enter" not in said.split("/"):
            continue
        if not is_bound(screen, "enter") or (on_button and words.casefold() in others):
            yield f"Enter is not “{words}”"


def is_bound(screen: Screen[Any], key: str) -> bool:
    """Whether something would take ``key`` now, and has a method for it."""
    app = screen.app
    active = screen.active_bindings.get(key)
    if active is None:
        found = [binding for name, binding in app._bindings if name == key and binding.priority]
        return bool(found)
    if isinstance(active.node, Input):
        return True
    method = re.sub(r"\(.*", "", active.binding.action).rpartition(".")[2]
    at = app if active.binding.action.startswith("app.") else active.node
    return active.enabled and hasattr(at, f"action_{method}")


def looks(screen: Screen[Any]) -> Any:
    """All that a person sees, but for running clocks."""
    app = screen.app
    strips = app.screen._compositor.render_strips()
    words = "\n".join(f"{segment.text}{segment.style}" for strip in strips for segment in strip)
    return len(app.screen_stack), app.screen, app.screen.focused, TIMES.sub("", words), app.theme


async def test_every_listed_key_does_something(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[str] = []
    tried = 0
    async for name, pilot, screen in every(here, console, monkeypatch):
        acts = [row for row in listed(screen) if row.action and not LEAVING.search(row.action)]
        for row in sorted(acts, key=when):
            is_there = screen.is_active and row.keys in {each.keys for each in listed(screen)}
            if row.action in UNSEEN or not is_there:
                continue
            tried += 1
            if not await acts_at(row.keys.split(" ")[0], pilot, screen):
                wrong.append(f"{name}: {row.keys} ({row.words}) does nothing")
    assert not wrong, "\n".join(wrong)
    assert tried > len(EVERY)


def when(row: Listed) -> int:
    """What closes the screen comes last; before that, what may leave no code to be inverted."""
    return 2 if "Esc" in row.keys else 1 if row.action in ("style", "save", "keep", "upload", "go") else 0


async def acts_at(said: str, pilot: Pilot[None], screen: Screen[Any]) -> bool:
    """Press a key; whether there is something else to be seen then."""
    before = looks(screen)
    await pilot.press(*pressed(said))
    for _moment in range(100):
        if looks(screen) != before:
            await back(pilot, screen)
            return True
        await asyncio.sleep(0.02)
    return False


async def back(pilot: Pilot[None], screen: Screen[Any]) -> None:
    """From whatever was opened to the screen, if it is still there, as a person goes back."""
    while screen in screen.app.screen_stack and not screen.is_active:
        await pilot.press("escape")
        await pilot.pause()


MOVES = frozenset({"tab", "shift+tab", "up", "down", "left", "right", "enter", "space", "ctrl+p"})


def not_found(screen: Screen[Any]) -> Iterator[str]:
    """Keys of this screen that the palette does not know by words."""
    titles = [command.title for command in screen.app.get_system_commands(screen)]
    if len(titles) != len(set(titles)):
        yield f"there are two of a name among {titles}"
    acts = {key: row for row in listed(screen) if row.action for key in all_keys([row])}
    for key, row in acts.items():
        if row.words not in titles or not WORDS.fullmatch(row.words):
            yield f"{key} is not there, or not in words: {row.words}"
    # What the key line shows is an act, a move, or what a field or a button takes.
    for said, _words in screen.query_one(KeyLine).keys:
        for key in pressed(said):
            if key not in MOVES and key not in acts:
                yield f"{key} of the key line is not there"


async def test_the_palette_acts_on_the_screen_below(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("clients", here, console, monkeypatch) as (pilot, screen):
        await pilot.press("ctrl+p")
        await until(lambda: screen.app.screen is not screen)
        await pilot.press(*"expiry")
        await until(lambda: "Sort by state" in looks(screen)[3])
        await pilot.press("enter")
        await until(lambda: screen.is_active and "by name" in looks(screen)[3])


async def test_the_table_at_the_question_mark_is_the_list(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("clients", here, console, monkeypatch) as (pilot, screen):
        rows = listed(screen)
        await pilot.press("question_mark")
        await until(lambda: isinstance(screen.app.screen, KeyTable))
        table = str(screen.app.screen.query_one("#keys").render())
        said = [f"{row.keys} {row.words}".split() for row in rows]
        assert table.split() == [word for words in said for word in words]


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("ctrl+s/F2", ["ctrl+s", "f2"]),
        ("Tab/↑↓", ["tab", "up", "down"]),
        ("/", ["slash"]),
        ("?", ["question_mark"]),
        ("R", ["R"]),
        ("Del", ["delete"]),
    ],
)
def test_keys_as_people_read_them(said: str, keys: list[str]) -> None:
    assert pressed(said) == keys
    assert all(pressed(shown(key)) == [key] for key in keys)

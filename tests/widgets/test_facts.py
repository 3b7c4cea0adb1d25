"""A box whose edges and lines are painted one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region

from vestibule.widgets.facts import Facts
from vestibule.widgets.rim import Rim


class Box(App[None]):
    CSS = "Facts { height: 1fr; } Rim, Facts { width: 20; }"

    def compose(self) -> ComposeResult:
        yield Rim()
        yield Facts()
        yield Rim(lower=True)


def contents(*lines: str) -> list[Content]:
    return [Content(line) for line in lines]


async def test_only_the_lines_that_change_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box()
    async with box.run_test(size=(20, 8)) as pilot:
        facts = box.query_one(Facts)
        facts.say(contents("Name  Anna", "Kind  staff", "Note  early"))
        await pilot.pause()
        painted: list[Region] = []
        refresh: Callable[..., Facts] = facts.refresh

        def noticed(*asked: Region, **how: bool) -> Facts:
            assert asked
            painted.extend(asked)
            return refresh(*asked, **how)

        monkeypatch.setattr(facts, "refresh", noticed)
        facts.say(contents("Name  Bea", "Kind  staff"))
        await pilot.pause()
        assert [region.y for region in painted] == [0, 2]
        assert [facts.render_line(y).text.rstrip() for y in range(3)] == ["Name  Bea", "Kind  staff", ""]


async def test_words_stand_on_the_edge_and_are_cut_where_they_have_no_room() -> None:
    box = Box()
    async with box.run_test(size=(20, 8)) as pilot:
        upper, lower = box.query(Rim)
        for words, above, below in (
            ("", "┌──────────────────┐", "└──────────────────┘"),
            ("Anna", "┌─ Anna ───────────┐", "└─────────── Anna ─┘"),
            ("Anna Rossi of Bern", "┌─ Anna Rossi of… ─┐", "└─ Anna Rossi of… ─┘"),
        ):
            upper.words = lower.words = Content(words)
            await pilot.pause()
            assert (upper.render_line(0).text, lower.render_line(0).text) == (above, below)

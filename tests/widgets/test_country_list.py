"""Choosing a country by typing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

import vestibule
from vestibule.countries import countries
from vestibule.widgets.country_list import CountryList, CountryRows
from vestibule.widgets.push_button import PushButton

WIDE, NARROW = (80, 24), (40, 24)


class Desk(App[None]):
    CSS_PATH = Path(vestibule.__file__).parent / "app.tcss"

    def __init__(self, widget: CountryList) -> None:
        super().__init__()
        self.widget = widget
        self.chosen: list[str] = []
        self.strays: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.widget
        yield PushButton("Next", id="next")

    def on_country_list_chosen(self, message: CountryList.Chosen) -> None:
        assert message.control is self.widget
        self.chosen.append(message.country.region)

    def _on_stray(self, message: Any) -> None:
        self.strays.append(message)

    on_input_changed = on_input_submitted = on_rows_highlighted = on_rows_chosen = _on_stray


@asynccontextmanager
async def desk(
    language: str, region: str | None, size: tuple[int, int] = WIDE, plain: bool = False
) -> AsyncIterator[tuple[Desk, Pilot[None]]]:
    app = Desk(CountryList(language, region, plain=plain))
    async with app.run_test(size=size) as pilot:
        app.widget.input.focus()
        await pilot.pause()
        yield app, pilot
        assert app.strays == []


def lines(app: Desk, widget: Widget | None = None) -> list[str]:
    """What is on the screen where the widget is."""
    area = (widget or app.widget).region
    strips = app.screen._compositor.render_strips()[area.y : area.bottom]
    return [strip.text[area.x : area.right].rstrip() for strip in strips]


def said(app: Desk) -> str:
    """What stands in the line."""
    return lines(app)[0].removeprefix("Country").strip(" []")


def names(app: Desk) -> list[str]:
    """The countries in the list, without marks and dial codes."""
    return [line[3:].rpartition("+")[0].rstrip() for line in lines(app, app.query_one(CountryRows)) if line]


def reversed_row(app: Desk) -> str:
    segments = [
        segment
        for strip in app.screen._compositor.render_strips()[1 : app.widget.size.height]
        for segment in strip
    ]
    reversed_words = [text for text, style, _ in segments if style and style.reverse and text.strip()]
    return "".join(reversed_words).rstrip()  # the scrollbar is blank


async def type_in(pilot: Pilot[None], typed: str) -> None:
    """In one go, as by pasting; keys one by one are pressed where it matters."""
    pilot.app.query_one(CountryList).input.insert_text_at_cursor(typed)
    await pilot.pause()


@pytest.mark.parametrize(("size", "width"), [(WIDE, 79), (NARROW, 39)])
async def test_the_country_in_force_is_named_marked_and_in_sight(size: tuple[int, int], width: int) -> None:
    async with desk("en", "CH", size) as (app, _pilot):
        shown = lines(app)
        assert (app.widget.value, len(shown)) == ("CH", 6)
        assert said(app) == "Switzerland +41"
        assert shown[1] == ">• Switzerland".ljust(width - 3) + "+41"
        assert reversed_row(app) == shown[1]
        assert shown[2].startswith("   Syria ")
        assert app.chosen == []


async def test_typing_filters_and_enter_chooses() -> None:
    async with desk("de", "CH") as (app, pilot):
        await pilot.press(*"oster")
        assert names(app) == ["Österreich"]
        assert app.widget.value == "CH"
        await pilot.press("enter")
        assert (app.chosen, app.widget.value, app.widget.input.value) == (["AT"], "AT", "")
        assert said(app) == "Österreich +43"
        assert reversed_row(app).split() == [">•", "Österreich", "+43"]
        assert [line for line in lines(app) if "•" in line] == [reversed_row(app)]


async def test_enter_alone_takes_the_one_in_force() -> None:
    async with desk("en", "GB") as (app, pilot):
        await pilot.press("enter")
        assert (app.chosen, app.widget.value) == (["GB"], "GB")


@pytest.mark.parametrize(
    ("language", "typed", "first"),
    [("fr", "cote", "Côte d’Ivoire"), ("fr", "ETATS", "États-Unis"), ("en", "+44", "United Kingdom")],
)
async def test_accents_and_dial_codes(language: str, typed: str, first: str) -> None:
    async with desk(language, None, NARROW) as (app, pilot):
        await type_in(pilot, typed)
        assert names(app)[0] == first
        assert reversed_row(app).startswith(f">  {first} ")


async def test_moving() -> None:
    async with desk("en", "AF") as (app, pilot):
        rows = app.query_one(CountryRows)
        everyone = countries("en")
        places = []
        for key in ("up", "down", "down", "pagedown", "pageup", "pageup"):
            await pilot.press(key)
            places.append(rows.cursor)
            assert reversed_row(app).startswith(
                f">{'•' if rows.cursor == 0 else ' '} {everyone[rows.cursor].name} "
            )
        assert places == [0, 1, 2, 6, 2, 0]
        assert (app.chosen, app.widget.value) == ([], "AF")
        await pilot.press("down", "enter")
        assert app.chosen == [everyone[1].region]


async def test_moving_paints_two_rows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk("en", "AF") as (app, pilot):
        painted: list[Region] = []
        monkeypatch.setattr(
            app.query_one(CountryRows), "refresh", lambda *areas, **_: painted.extend(areas or [None])
        )
        await pilot.press("down")
        assert {area.y for area in painted} == {0, 1}
        assert {area.height for area in painted} == {1}


async def test_a_key_that_overtakes_the_letters_before_it() -> None:
    async with desk("en", "CH") as (app, pilot):
        app.widget.input.value = "au"
        app.widget.input.value = "aus"
        app.widget.action_move(1)
        await pilot.pause()
        assert reversed_row(app).split() == [">", "Austria", "+43"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_no_match_is_said_and_changes_nothing(size: tuple[int, int]) -> None:
    async with desk("en", "CH", size) as (app, pilot):
        await type_in(pilot, "xyzzy")
        assert " ".join(" ".join(lines(app)[1:]).split()) == "No such country. Switzerland stays chosen."
        await pilot.press("down", "pagedown", "enter")
        assert (app.chosen, app.widget.value) == ([], "CH")
        await pilot.press(*["backspace"] * 5)
        assert reversed_row(app).split() == [">•", "Switzerland", "+41"]


@pytest.mark.parametrize("region", [None, "XX"])
async def test_without_a_country_nothing_is_marked(region: str | None) -> None:
    async with desk("en", region) as (app, pilot):
        assert app.widget.value is None
        assert said(app) == ""
        assert reversed_row(app).startswith(">  Afghanistan ")
        assert not any("•" in line for line in lines(app))
        await type_in(pilot, "xyzzy")
        assert lines(app)[1].strip() == "No such country."


async def test_a_plain_terminal_gets_plain_marks() -> None:
    async with desk("en", "CH", plain=True) as (app, _pilot):
        assert lines(app)[1].startswith(">* Switzerland ")
        assert all(line.isascii() for line in lines(app))


@pytest.mark.parametrize("language", ["en", "fr", "de"])
async def test_a_name_is_whole_or_ends_in_an_ellipsis(language: str) -> None:
    async with desk(language, "IO", NARROW) as (app, _pilot):
        rows = app.query_one(CountryRows)
        for country in countries(language):
            words = rows.words(country, rows.row_width)
            shown, _, shown_dial = (part.rstrip() for part in words[2:].rpartition(" +"))
            assert cell_len(words) == rows.row_width
            assert shown_dial == country.dial
            assert shown == country.name or (shown.endswith("…") and country.name.startswith(shown[:-1]))
        assert said(app).endswith("…")


async def test_a_wider_terminal_says_more() -> None:
    async with desk("fr", "IO", NARROW) as (app, pilot):
        assert "Indien" not in lines(app)[0]
        await pilot.resize_terminal(*WIDE)
        assert "Territoire britannique de l’océan Indien +246" in lines(app)[0]


async def test_what_was_typed_is_forgotten_when_the_cursor_leaves() -> None:
    async with desk("de", "CH") as (app, pilot):
        await type_in(pilot, "oster")
        await pilot.press("tab")
        assert app.focused is app.query_one(PushButton)
        assert said(app) == "Schweiz +41"
        assert reversed_row(app) == ""
        assert [line.split() for line in lines(app) if line.startswith(">")] == [[">•", "Schweiz", "+41"]]


async def test_what_was_typed_is_there_when_the_terminal_comes_back() -> None:
    async with desk("de", "CH") as (app, pilot):
        await type_in(pilot, "oster")
        app.post_message(events.AppBlur())
        await pilot.pause()
        assert app.focused is None
        app.post_message(events.AppFocus())
        await pilot.pause()
        assert (app.widget.input.has_focus, names(app)) == (True, ["Österreich"])


async def test_mouse() -> None:
    async with desk("en", "CH") as (app, pilot):
        app.query_one(PushButton).focus()
        await pilot.pause()
        await pilot.click(CountryRows, offset=(5, 2))
        assert app.widget.input.has_focus
        assert reversed_row(app).split() == [">", "Taiwan", "+886"]
        assert app.widget.value == "CH"
        await pilot.click(CountryRows, offset=(5, 1), times=2)
        assert (app.chosen, app.widget.value) == (["SY"], "SY")

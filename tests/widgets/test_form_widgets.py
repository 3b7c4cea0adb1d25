from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from vestibule.widgets.choice import Choice
from vestibule.widgets.items import packed
from vestibule.widgets.offers import Offers
from vestibule.widgets.tick import Tick
from vestibule.widgets.weekdays import Weekdays

LIVES = [(30, "30 min"), (120, "2 hours"), (480, "8 hours")]


class Desk(App[None]):
    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_event_of_ours(self, message: Any) -> None:
        self.heard.append(getattr(message, "value", None))
        assert message.control is self.widget

    on_tick_changed = on_choice_changed = on_offers_taken = on_weekdays_changed = on_event_of_ours

    def on_weekdays_last_kept(self, message: Message) -> None:
        self.heard.append("last")


def lines(widget: Widget) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def reversed_text(widget: Widget) -> str:
    segments = [segment for y in range(widget.size.height) for segment in widget.render_line(y)]
    return "".join(text for text, style, _ in segments if style and style.reverse).rstrip()


def test_packed_breaks_no_word() -> None:
    assert packed([5, 5, 5], 12) == [[0, 1], [2]]
    assert packed([5, 5], 11) == [[0], [1]]
    assert packed([20, 3], 10) == [[0], [1]]
    assert packed([], 10) == []


@pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
async def test_tick(theme: str) -> None:
    app = Desk(Tick("Admin [/x]"))
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        assert (lines(app.widget), reversed_text(app.widget)) == (["[ ] Admin [/x]"], "[ ] Admin [/x]")
        await pilot.press("space")
        assert (app.heard, lines(app.widget)) == ([True], ["[x] Admin [/x]"])
        await pilot.press("enter")
        await pilot.click(Tick)
        assert app.heard == [True, False, True]
        app.screen.set_focus(None)
        await pilot.pause()
        assert reversed_text(app.widget) == ""


async def test_choice_by_keys() -> None:
    choice = Choice(LIVES, 120)
    app = Desk(choice)
    async with app.run_test() as pilot:
        assert lines(choice) == ["( ) 30 min  (•) 2 hours  ( ) 8 hours"]
        await pilot.press("left", "left", "right", "right", "right", "space")
        assert (app.heard, choice.value) == ([30, 120, 480], 480)
        assert reversed_text(choice) == "(•) 8 hours"
        choice.value = 30
        await pilot.pause()
        assert (reversed_text(choice), app.heard[3:]) == ("(•) 30 min", [])
        with pytest.raises(ValueError):
            choice.value = 31


async def test_choice_wraps_and_is_clicked_where_it_stands() -> None:
    choice = Choice(LIVES, 30, plain=True)
    app = Desk(choice)
    async with app.run_test(size=(25, 10)) as pilot:
        assert lines(choice) == ["(*) 30 min  ( ) 2 hours", "( ) 8 hours"]
        await pilot.click(Choice, offset=(3, 1))
        await pilot.click(Choice, offset=(20, 1))
        await pilot.click(Choice, offset=(11, 0))
        assert app.heard == [480]
        await pilot.click(Choice, offset=(12, 0))
        assert (app.heard, lines(choice)[0]) == ([480, 120], "( ) 30 min  (*) 2 hours")


async def test_offers_change_nothing_in_passing() -> None:
    offers = Offers([("a", "in 1 h"), ("b", "1 day")])
    app = Desk(offers)
    async with app.run_test() as pilot:
        await pilot.press("right", "left")
        assert (app.heard, lines(offers)) == ([], ["[in 1 h]  [1 day]"])
        await pilot.press("space", "right", "enter", "enter")
        await pilot.click(Offers, offset=(2, 0))
        assert app.heard == ["a", "b", "b", "a"]


async def test_weekdays() -> None:
    week = Weekdays([1, 3])
    app = Desk(week)
    async with app.run_test(size=(40, 10)) as pilot:
        assert lines(week)[0] == "[x]Mon  [ ]Tue  [x]Wed  [ ]Thu  [ ]Fri"
        assert len(lines(week)) == 2
        await pilot.press("right", "right", "space", "left", "left", "space")
        assert (app.heard, week.value) == ([[1], "last"], [1])
        await pilot.press("right", "space")
        assert week.value == [1, 2]


def test_no_day_is_every_day() -> None:
    assert Weekdays([]).value == [1, 2, 3, 4, 5, 6, 7]

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Button

from tests.render.test_client_row import NOW, client
from tests.waiting import until
from vestibule.models import Client, ClientPage, Code, State
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.page_cache import ClientPages


def number(index: int) -> str:
    return f"{index:016x}"


def person(index: int, name: str | None = None) -> Client:
    return client(id=number(index), label=name or f"Person {index}", first_login_at=NOW)


def waiting(index: int, seconds: int) -> Client:
    code = Code(code="7KQM-4XPT-9D2H", link="", expires_at=NOW + timedelta(seconds=seconds))
    return client(id=number(index), label=code.code, state=State.PENDING, code=code)


class Desk(App[None]):
    """A screen with ``rows``; it answers at once unless ``answering`` is off."""

    CSS = "ClientList { height: 1fr; } Button { dock: bottom; }"

    def __init__(self, rows: Iterable[Client] = (), answering: bool = True) -> None:
        super().__init__()
        self.rows = list(rows)
        self.answering = answering
        self.list = ClientList(plain_glyphs=False)
        self.list.clock = lambda: NOW
        self.asked: list[ClientList.Wanted] = []
        self.highlighted: list[str | None] = []
        self.chosen: list[str] = []
        self.expired: list[str] = []

    def on_mount(self) -> None:
        self.watch(self.list, "selected", self._on_selected, init=False)

    def compose(self) -> ComposeResult:
        yield self.list
        yield Button("elsewhere")

    def page(self, at: int) -> ClientPage:
        return ClientPage(clients=self.rows[at : at + 50], next=None, total=len(self.rows), at=at)

    def answer(self, *questions: ClientList.Wanted) -> None:
        for question in questions:
            self.list.fill(self.page(question.at), question.generation)

    def take_asked(self) -> list[int]:
        taken, self.asked = [question.at for question in self.asked], []
        return taken

    def on_client_list_wanted(self, message: ClientList.Wanted) -> None:
        assert message.control is self.list
        self.asked.append(message)
        if self.answering:
            self.answer(message)

    def _on_selected(self, client: Client | None) -> None:
        self.highlighted.append(client.label if client else None)

    def on_client_list_chosen(self, message: ClientList.Chosen) -> None:
        self.chosen.append(message.client.label)

    def on_client_list_expired(self, message: ClientList.Expired) -> None:
        self.expired.append(message.client.id)


class Crowd(Desk):
    def page(self, at: int) -> ClientPage:
        people = [person(index) for index in range(at, at + 50)]
        return ClientPage(clients=people, next=None, total=100_000, at=at)


def strips(shown: ClientList) -> list[Strip]:
    return [shown.render_line(y) for y in range(shown.size.height)]


def lines(shown: ClientList) -> list[str]:
    return [strip.text.rstrip() for strip in strips(shown)]


def names(shown: ClientList) -> list[str]:
    return [line[3:].split("  ")[0] for line in lines(shown) if line.strip()]


def painted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Region | None]:
    """Collects what the list asks to be repainted; None is everything."""
    regions: list[Region | None] = []
    refresh: Callable[..., ClientList] = desk.list.refresh

    def noticed(*asked: Region, **how: bool) -> ClientList:
        regions.extend(asked or [None])
        return refresh(*asked, **how)

    monkeypatch.setattr(desk.list, "refresh", noticed)
    return regions


PEOPLE = [person(index) for index in range(130)]


async def test_only_pages_in_view_are_asked_of_a_hundred_thousand() -> None:
    desk = Crowd()
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert desk.take_asked() == [0]
        assert desk.list.virtual_size.height == 100_000
        assert names(desk.list)[:2] == ["Person 0", "Person 1"]
        desk.list.focus()
        await pilot.press("end")
        assert desk.take_asked() == [99_950]
        assert names(desk.list)[-1] == "Person 99999"
        assert desk.list.selected == person(99_999)
        desk.list.scroll_to(y=50_010, animate=False)
        await pilot.pause()
        assert desk.take_asked() == [50_000, 49_950]  # the view is on its way up
        desk.list.scroll_to(y=50_011, animate=False)
        await pilot.pause()
        assert desk.take_asked() == [50_050]


async def test_a_page_is_asked_once_until_it_failed() -> None:
    desk = Desk(PEOPLE, answering=False)
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        desk.list.reload()
        await pilot.press("down", "up")
        assert desk.take_asked() == [0]
        assert lines(desk.list)[0].strip() == "…"
        desk.list.failed(0)
        await pilot.pause()
        assert desk.take_asked() == []  # a broken line is not asked without end
        desk.list.reload()
        await pilot.pause()
        assert [(question.at, question.limit) for question in desk.asked] == [(0, 50)]


async def test_a_change_during_a_question_asks_again_after_the_answer() -> None:
    desk = Desk(PEOPLE, answering=False)
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        first = desk.asked[0]
        desk.list.reload()
        desk.list.reload()
        desk.answer(first)
        assert names(desk.list)[0] == "Person 0"
        await pilot.pause()
        assert desk.take_asked() == [0, 0]
        desk.answer(first)
        await pilot.pause()
        assert desk.take_asked() == []


async def test_old_rows_stay_until_the_answer_and_the_selection_follows_its_client() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        await pilot.press("down", "down")
        desk.answering = False
        desk.take_asked()
        desk.rows = [person(900), person(901), *PEOPLE]
        before = lines(desk.list)
        desk.list.reload()
        await pilot.pause()
        assert lines(desk.list) == before
        desk.answer(*desk.asked)
        assert names(desk.list)[:5] == ["Person 900", "Person 901", "Person 0", "Person 1", "Person 2"]
        assert (desk.list.cursor, desk.list.selected) == (4, PEOPLE[2])
        await pilot.pause()
        assert desk.highlighted == ["Person 0", "Person 1", "Person 2"]


async def test_the_selection_follows_to_another_page_and_into_view() -> None:
    desk = Desk(PEOPLE, answering=False)
    async with desk.run_test(size=(80, 60)) as pilot:
        await pilot.pause()
        desk.answer(*desk.asked)
        await pilot.pause()
        desk.answer(*desk.asked[1:])
        desk.rows = [*PEOPLE[1:70], person(0, "Anna"), *PEOPLE[70:]]
        desk.take_asked()
        desk.list.reload()
        await pilot.pause()
        first, second = desk.asked
        desk.answer(first)
        assert desk.list.selected == PEOPLE[0]  # it may be in the other page: nobody else gets its place
        desk.answer(second)
        assert desk.list.selected == person(0, "Anna")
        assert desk.list.cursor == 69
        assert "Anna" in names(desk.list)
        await pilot.pause()
        assert desk.highlighted == ["Person 0", "Anna"]


async def test_who_takes_the_place_of_a_removed_client_is_selected() -> None:
    desk = Desk(PEOPLE[:3])
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        await pilot.press("end")
        desk.rows = PEOPLE[:2]
        desk.list.reload()
        await pilot.pause()
        assert (desk.list.cursor, desk.list.selected) == (1, PEOPLE[1])
        desk.rows = []
        desk.list.empty = "Nobody here yet. \x1b[@click=app.quit]Press a to add somebody.[/x]"
        desk.list.reload()
        await pilot.pause()
        assert desk.list.selected is None
        assert desk.highlighted[-1] is None
        assert lines(desk.list)[0] == " " + desk.list.empty.replace("\x1b", "<001B>")
        desk.rows = PEOPLE[:1]
        desk.list.reload()
        await pilot.pause()
        assert desk.list.selected == PEOPLE[0]


async def test_an_answer_from_before_a_restart_is_not_shown() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        await pilot.press("end")
        desk.answering = False
        desk.take_asked()
        desk.list.scroll_to(y=55, animate=False)
        await pilot.pause()
        old, before = desk.asked, lines(desk.list)
        desk.asked = []
        desk.rows = [person(500), person(501)]
        desk.list.restart()
        await pilot.pause()
        assert lines(desk.list) == before
        desk.answer(*old)
        assert lines(desk.list) == before
        assert [question.at for question in desk.asked] == [0]
        desk.answer(*desk.asked)
        await pilot.pause()
        assert names(desk.list) == ["Person 500", "Person 501"]
        assert (desk.list.cursor, desk.list.scroll_offset.y, desk.list.total) == (0, 0, 2)
        assert desk.highlighted[-1] == "Person 500"


async def test_moving_on_old_rows_does_not_keep_a_restart_from_the_top() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        await pilot.pause()
        desk.answering = False
        desk.take_asked()
        desk.list.restart()
        await pilot.press("down")
        assert desk.list.selected == PEOPLE[1]
        desk.answer(*desk.asked)
        assert (desk.list.cursor, desk.list.selected) == (0, PEOPLE[0])


async def test_a_client_may_be_selected_before_anything_is_here() -> None:
    desk = Desk(PEOPLE)
    desk.list.select_id(number(70), at=70)
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert desk.list.selected == PEOPLE[70]
        assert "Person 70" in names(desk.list)
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        assert "Person 70" in names(desk.list)
        assert desk.highlighted == ["Person 70"]


async def test_keys_and_mouse_move_the_cursor() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 23)) as pilot:
        desk.list.focus()
        at = []
        for key in ("up", "down", "pagedown", "pagedown", "pageup", "end", "down", "home"):
            await pilot.press(key)
            at.append(desk.list.cursor)
        page = desk.list.size.height - 1
        assert at == [0, 1, 1 + page, 1 + 2 * page, 1 + page, 129, 129, 0]
        await pilot.press("enter")
        await pilot.click(desk.list, offset=(5, 3))
        assert desk.list.selected == PEOPLE[3]
        await pilot.click(desk.list, offset=(5, 4), times=2)
        assert desk.chosen == ["Person 0", "Person 4"]


async def test_a_click_below_the_last_row_selects_nothing() -> None:
    desk = Desk(PEOPLE[:2])
    async with desk.run_test(size=(80, 23)) as pilot:
        await pilot.click(desk.list, offset=(5, 9))
        assert desk.list.selected == PEOPLE[0]


async def test_select_by_id_now_or_when_it_comes() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        desk.list.select_id(number(40))
        assert desk.list.selected == PEOPLE[40]
        desk.list.select_id(number(120), at=119)  # it has moved by one since
        await pilot.pause()
        assert (desk.list.cursor, desk.list.selected) == (120, PEOPLE[120])
        assert "Person 120" in names(desk.list)
        desk.rows = [person(700), *PEOPLE]
        desk.list.select_id(number(700))
        desk.list.scroll_to(y=0, animate=False)
        desk.list.reload()
        await pilot.pause()
        assert desk.list.selected == person(700)
        await pilot.pause()
        assert desk.highlighted == ["Person 0", "Person 40", "Person 120", "Person 700"]


async def test_one_client_is_replaced_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        regions = painted(desk, monkeypatch)
        desk.list.update_client(person(3, "Ben"))
        desk.list.update_client(person(4000, "Nobody"))
        assert names(desk.list)[3] == "Ben"
        assert regions == [Region(0, 3, desk.list.size.width - 1, 1)]
        desk.list.update_client(person(0, "Eva"))
        await pilot.pause()
        assert desk.highlighted == ["Person 0", "Eva"]


async def test_a_key_repaints_two_rows_and_a_reload_without_changes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        desk.list.focus()
        await pilot.press("down")
        regions = painted(desk, monkeypatch)
        await pilot.press("down")
        assert {region and (region.y, region.height) for region in regions} == {(1, 1), (2, 1)}
        regions.clear()
        desk.list.reload()
        await pilot.pause()
        assert desk.take_asked() == [0, 0]
        assert regions == []


async def test_the_cursor_shows_without_colour_with_and_without_focus() -> None:
    desk = Desk(PEOPLE)
    async with desk.run_test(size=(80, 24)) as pilot:
        for theme in ("ansi-dark", "textual-dark"):
            desk.theme = theme
            desk.list.focus()
            await pilot.pause()
            focused, other = strips(desk.list)[:2]
            assert [bool(segment.style and segment.style.reverse) for segment in focused] == [True, False]
            assert [segment.cell_length for segment in focused][1] == 1
            assert not any(segment.style and segment.style.reverse for segment in other)
            desk.query_one(Button).focus()
            await pilot.pause()
            blurred, other = strips(desk.list)[:2]
            assert next(segment.style and segment.style.bold for segment in blurred)
            assert (blurred.text[0], other.text[0]) == (">", " ")
            for segment in (*focused, *blurred, *other):
                assert segment.style is not None
                assert segment.style.color is not None
                assert segment.style.bgcolor is not None


@pytest.mark.parametrize("width", [12, 31, 80])
async def test_names_of_all_kinds_keep_the_rows_straight(width: int) -> None:
    people = [
        "七草粥" * 20,
        "😀" * 40,
        "e\u0301\u0302" * 60,
        "[/x]",
        "[@click=app.quit]x",
        "\x1b[31m",
        "\u202ex",
    ]
    desk = Desk(person(index, name) for index, name in enumerate(people))
    async with desk.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        for strip in strips(desk.list):
            assert strip.cell_length == width
            assert not any(unicodedata.category(character)[0] == "C" for character in strip.text)
            assert not any(segment.style and segment.style.meta for segment in strip)
        if width == 80:
            assert names(desk.list)[3:] == ["[/x]", "[@click=app.quit]x", "<001B>[31m", "<202E>x"]
            assert lines(desk.list)[0].count("…") == 1


async def test_a_countdown_repaints_its_digits_and_says_once_that_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vestibule.widgets.client_rows._SECOND", 0.05)
    desk = Desk([waiting(0, 62), *PEOPLE[1:5]])
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        regions = painted(desk, monkeypatch)
        assert "1:02" in lines(desk.list)[0]
        column = lines(desk.list)[0].index("1:02")
        for later, words, cells in ((1, "1:01", (3, 4)), (3, "0:59", (0, 4))):
            desk.list.clock = lambda later=later: NOW + timedelta(seconds=later)  # type: ignore[misc]
            await until(lambda: bool(regions))
            assert words in lines(desk.list)[0]
            assert regions == [Region(column + cells[0], 0, cells[1] - cells[0], 1)]
            regions.clear()
        desk.list.clock = lambda: NOW + timedelta(seconds=62)
        await until(lambda: desk.expired == [number(0)])
        assert "code expired" in lines(desk.list)[0]
        assert len(regions) == 1


async def test_nothing_runs_without_a_countdown_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vestibule.widgets.client_rows._SECOND", 0.05)
    desk = Desk([*PEOPLE, waiting(900, 600)])
    ticks = []
    monkeypatch.setattr(desk.list, "_tick", lambda: ticks.append(1))
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        regions = painted(desk, monkeypatch)
        await pilot.pause(0.2)
        assert (regions, ticks) == ([], [])
        desk.list.select_id(number(900), at=130)
        await until(lambda: bool(ticks))


def test_the_cache_drops_the_pages_farthest_from_the_view() -> None:
    cache = ClientPages(limit=3)
    for at in (0, 50, 100, 150, 200):
        cache.put(at, [person(at)])
        cache.trim(1000, 120, 140)
    assert len(cache) == 3
    assert [cache.get(at) is not None for at in (0, 50, 100, 150, 200)] == [False, True, True, True, False]
    cache.trim(100, 0, 20)
    assert len(cache) == 1

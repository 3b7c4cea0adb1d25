"""The client editor against the real server in this process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.waiting import until
from vestibule.models import Client, ClientFields, ClientNew, Kind, Problem
from vestibule.remote.api import Api
from vestibule.remote.errors import ApiProblem
from vestibule.screens.client_editor import ClientEditor
from vestibule.widgets.field import Field
from vestibule.widgets.tick import Tick

ZONE = ZoneInfo("Europe/Zurich")
NOW = datetime(2030, 11, 22, 9, 0, tzinfo=UTC)
FIELDS = [
    "name", "username", "profile", "kind", "admin", "require_two_factors", "cloud_access", "valid_from",
    "valid_until", "presets", "weekdays", "hours_from", "hours_until", "phone", "language", "note",
    "code_minutes", "cancel", "save",
]  # fmt: skip


class Desk(App[None]):
    """Opens the editor and keeps what it asked for and what it gave."""

    def __init__(self, api: Api, client: Client | None = None) -> None:
        super().__init__()
        self.api, self.client = api, client
        self.asked: list[ClientNew | ClientFields] = []
        self.given: list[Client | None] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def on_mount(self) -> None:
        editor = ClientEditor(self.client, ZONE, False, self.save, lambda: NOW)
        self.push_screen(editor, self.given.append)

    async def save(self, request: ClientNew | ClientFields) -> Client | Problem:
        self.asked.append(request)
        await self.gate.wait()
        try:
            if isinstance(request, ClientNew):
                return await self.api.add_client(request)
            assert self.client is not None
            return await self.api.edit_client(self.client.id, request)
        except ApiProblem as refused:
            return refused.problem

    @property
    def editor(self) -> ClientEditor:
        assert isinstance(self.screen, ClientEditor)
        return self.screen

    def go(self, selector: str) -> None:
        """Move the focus at once."""
        self.editor.set_focus(self.editor.query_one(selector))

    def type(self, **texts: str) -> None:
        for name, value in texts.items():
            self.editor.query_one(f"#{name}", Field).value = value

    @property
    def sent(self) -> dict[str, Any]:
        built = msgspec.to_builtins(self.asked[-1])
        assert isinstance(built, dict)
        return built

    @property
    def explained(self) -> str:
        return str(self.editor.query_one("#explanation", Static).render())

    @property
    def at(self) -> str | None:
        """The field in focus."""
        nodes = self.editor.focused.ancestors_with_self if self.editor.focused else []
        return next((node.id for node in nodes if node.id in FIELDS), None)


async def saved(app: Desk, pilot: Pilot[None], key: str = "f2") -> None:
    """Press the key and wait for the answer."""
    await pilot.press(key)
    await app.workers.wait_for_complete()
    await pilot.pause()


def objection(app: Desk, name: str) -> str | None:
    return app.editor.query_one(f"#{name}", Field).objection or None


async def test_add_with_every_field(console: Api) -> None:
    app = Desk(console)
    async with app.run_test(size=(80, 24)) as pilot:
        app.type(name="Anna Rossi", username="anna", profile="Room 12", valid_from="2026-01-01")
        app.type(hours_from="8:00", hours_until="18:30", phone="+41 79 123 45 67", note="[b]late")
        for name in ("admin", "require_two_factors", "cloud_access"):
            app.editor.query_one(f"#{name}", Tick).action_tick()
        app.go("#kind")
        await pilot.press("right")
        app.go("#presets")
        await pilot.press("right", "right", "enter", "down", "space", "down")
        app.go("#language")
        await pilot.press("right", "right")
        app.go("#code_minutes")
        await pilot.press("left")
        await saved(app, pilot, "ctrl+s")
        (client,) = app.given
    assert client is not None
    assert client.code is not None
    assert client.code.expires_at - client.created_at == msgspec.convert("PT30M", type(NOW - NOW))
    assert (client.name, client.username, client.profile) == ("Anna Rossi", "anna", "Room 12")
    assert (client.kind, client.admin, client.require_two_factors) == (Kind.EXTERNAL, True, True)
    assert (client.cloud_access, client.weekdays) == (False, [2, 3, 4, 5, 6, 7])
    assert client.valid_from == datetime(2026, 1, 1, tzinfo=ZONE)
    assert client.valid_until == datetime(2030, 11, 29, 23, 59, 59, 999000, tzinfo=ZONE)
    assert (client.hours_from, client.hours_until) == (480, 1110)
    assert (client.phone, client.language, client.note) == ("+41791234567", "fr", "[b]late")


async def test_add_nothing_but_a_code(console: Api) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        await saved(app, pilot)
        (client,) = app.given
    assert client is not None
    assert client.code is not None
    assert client.label == client.code.code


async def test_only_what_was_changed_is_sent(console: Api) -> None:
    until = "2030-12-31T17:00:42.123+00:00"
    client = await console.add_client(ClientNew(name="Anna", valid_until=until, phone="+41791234567"))
    app = Desk(console, client)
    async with app.run_test() as pilot:
        assert app.editor.query_one("#valid_until", Field).value == "2030-12-31 18:00"
        assert not app.editor.query("#code_minutes")
        app.type(note="late")
        await saved(app, pilot)
        (edited,) = app.given
    assert app.sent == {"note": "late"}
    assert edited is not None
    assert edited.valid_until == datetime.fromisoformat(until)


async def test_nothing_changed_asks_nobody(console: Api) -> None:
    client = await console.add_client(ClientNew(name="Anna"))
    app = Desk(console, client)
    async with app.run_test() as pilot:
        await saved(app, pilot)
        assert (app.asked, app.given) == ([], [client])


async def test_a_problem_stands_at_its_field_and_nothing_typed_is_lost(console: Api) -> None:
    await console.add_client(ClientNew(name="Anna", username="anna"))
    app = Desk(console)
    async with app.run_test(size=(60, 20)) as pilot:
        app.type(name="Another", username="Anna", note="kept")
        app.go("#save")
        await saved(app, pilot, "enter")
        assert objection(app, "username") == "! Another client has this username. Choose another."
        assert app.at == "username"
        await until(lambda: fully_visible(app.editor.query_one("#username")))
        assert [app.editor.query_one(f"#{name}", Field).value for name in ("name", "note")] == [
            "Another",
            "kept",
        ]
        await pilot.press("2")
        assert objection(app, "username") is None
        await saved(app, pilot)
        (client,) = app.given
    assert client is not None
    assert client.username == "anna2"


async def test_a_problem_without_a_field_stands_below(console: Api) -> None:
    client = await console.add_client(ClientNew(name="Anna"))
    await console.remove_client(client.id)
    app = Desk(console, client)
    async with app.run_test() as pilot:
        app.type(name="Anna Rossi")
        app.go("#note Input")
        await saved(app, pilot)
        assert app.explained == "! There is no such client. Perhaps somebody has just removed it."
        assert (app.at, app.given) == ("note", [])


async def test_a_field_of_another_servers_invention(console: Api) -> None:
    app = Desk(console)

    async def save(request: ClientNew | ClientFields) -> Problem:
        return Problem(type="", title="No [/x]", status=400, code="new", field="#.[")

    app.save = save  # type: ignore[method-assign]
    async with app.run_test() as pilot:
        await saved(app, pilot)
        assert app.explained == "! No [/x]"


async def test_wrong_hours_are_told_without_asking(console: Api) -> None:
    app = Desk(console)
    async with app.run_test(size=(60, 20)) as pilot:
        app.type(hours_from="nine", hours_until="25:00")
        await saved(app, pilot)
        assert (app.asked, app.at) == ([], "hours_from")
        assert objection(app, "hours_from") == objection(app, "hours_until")
        await until(lambda: fully_visible(app.editor.query_one("#hours_from")))


@pytest.mark.parametrize(
    ("moves", "text"), [(0, "2030-11-22 11:00"), (1, "2030-11-23"), (2, "2030-11-29"), (3, "")]
)
async def test_presets_fill_valid_until(console: Api, moves: int, text: str) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        app.type(valid_until="2031-01-01")
        app.go("#presets")
        await pilot.press(*["right"] * moves)
        assert app.editor.query_one("#valid_until", Field).value == "2031-01-01"
        await pilot.press("space")
        assert app.editor.query_one("#valid_until", Field).value == text


async def test_it_saves_once_and_holds_the_form_meanwhile(console: Api) -> None:
    app = Desk(console)
    app.gate.clear()
    async with app.run_test() as pilot:
        await pilot.press("A", "f2", "f2", "ctrl+s", "escape", "escape", "B")
        await pilot.click("#save")
        await pilot.click("#name Input")
        await pilot.press("C")
        await until(lambda: app.explained == "Saving…")
        app.gate.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        (client,) = app.given
    assert client is not None
    assert client.name == "A"
    assert len(app.asked) == 1
    assert (await console.clients()).total == 2  # and the service account


async def test_saved_while_something_lies_on_top_it_closes_afterwards(console: Api) -> None:
    app = Desk(console)
    app.gate.clear()
    async with app.run_test() as pilot:
        await pilot.press("f2", "ctrl+p")
        above = app.screen
        app.gate.set()
        await app.workers.wait_for_complete()
        assert (app.screen, app.given) == (above, [])
        await pilot.press("escape")
        await pilot.pause()
        assert len(app.given) == 1
        assert app.given[0] is not None


async def test_after_a_refusal_the_form_can_be_used_again(console: Api) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        app.type(phone="911")
        await saved(app, pilot)
        assert (app.at, app.editor.query_one("#form").disabled) == ("phone", False)
        await pilot.press("ctrl+u")
        app.go("#note Input")
        await saved(app, pilot)
        assert len(app.given) == 1


async def test_escape_closes_at_once_when_nothing_was_typed(console: Api) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        await pilot.press("tab", "escape")
        assert app.given == [None]


@pytest.mark.parametrize("other", ["left", "x", "tab", "f5", "enter"])
async def test_escape_asks_and_any_other_key_takes_it_back(console: Api, other: str) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        await pilot.press("x", "escape")
        assert app.explained.startswith("Escape again")
        await pilot.press(other)
        assert not app.explained.startswith("Escape again")
        await pilot.press("escape")
        assert (app.given, app.explained[:12]) == ([], "Escape again")
        await pilot.press("escape")
        assert app.given == [None]
    assert app.asked == []


async def test_cancel_asks_too(console: Api) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        await pilot.press("x")
        app.go("#cancel")
        await pilot.press("enter")
        assert app.given == []
        await pilot.pause(0.3)  # a Button ignores a second press for a moment
        await pilot.press("enter")
        assert app.given == [None]


@pytest.mark.parametrize("name", ["[/x]", "[@click=app.quit]x[/]", "\x1b]0;owned\x07\u202eannA", "[" * 64])
async def test_a_hostile_name_is_only_a_name(console: Api, name: str) -> None:
    client = msgspec.structs.replace(await console.add_client(ClientNew(name="Anna")), name=name)
    app = Desk(console, client)
    async with app.run_test() as pilot:
        title = rows(app)[0]
        assert "Edit" in title
        assert not set("\x1b\x07\u202e") & set(title)
        await pilot.click(offset=(8, 0))
        assert app.is_running


def fully_visible(widget: Widget) -> bool:
    above = [node for node in widget.ancestors if isinstance(node, Widget)]
    frame = Region(0, 0, *widget.app.size)
    for node in above:
        frame = frame.intersection(node.content_region if node.id == "form" else node.region)
    return bool(widget.region) and frame.contains_region(widget.region)


def rows(app: Desk) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)])
async def test_every_field_can_be_reached_seen_and_is_explained(console: Api, size: tuple[int, int]) -> None:
    app = Desk(console)
    async with app.run_test(size=size) as pilot:
        for key, order in (("down", FIELDS), ("shift+tab", [FIELDS[0], *FIELDS[:0:-1]])):
            for name in order:
                assert app.at == name
                await until(lambda: fully_visible(app.editor.query_one(f"#{name}")))  # noqa: B023
                assert app.explained
                assert len(wrap(app.explained, size[0] - 4)) <= 2
                await pilot.press(key)
                await pilot.pause()
        assert "Space choose" in rows(app)[app.editor.query_one("#dialog").region.bottom - 2]


async def test_enter_goes_on_and_the_focus_marks_move_with_it(console: Api) -> None:
    app = Desk(console)
    async with app.run_test() as pilot:
        for name in FIELDS[:4]:
            assert app.at == name
            marked = [
                str(field.id)
                for field in app.editor.query(Field)
                if any(span.style == "bold reverse" for span in field.render().spans)
            ]
            assert marked == [name] if name != "kind" else not marked
            await pilot.press("enter")
            await pilot.pause()
        assert app.at == "admin"


async def test_more_is_said_in_the_border(console: Api) -> None:
    app = Desk(console)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await until(lambda: "more ↓" in rows(app)[-1])
        app.go("#code_minutes")
        await until(lambda: "more ↑" in rows(app)[-1])
        await pilot.resize_terminal(120, 40)
        await until(lambda: not any("more" in row for row in rows(app)))


async def test_the_service_account_stays_what_it_is(console: Api) -> None:
    service = next(client for client in (await console.clients()).clients if client.service)
    app = Desk(console, service)
    async with app.run_test() as pilot:
        reached = []
        while (at := app.at) not in reached:
            reached.append(at)
            await pilot.press("down")
            await pilot.pause()
        fixed = {"username", "admin", "valid_from", "valid_until", "presets"}
        assert set(reached) == set(FIELDS) - fixed - {"code_minutes"}
        app.type(note="the installer's")
        await saved(app, pilot)
        assert app.sent == {"note": "the installer's"}


async def test_it_is_drawn_with_the_glyphs_of_every_console(
    console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Desk(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        drawn = set("".join(rows(app)))
    assert {glyph for glyph in drawn if ord(glyph) > 126} <= set("─│┌┐└┘•←↑→↓ç")

"""Activity against the real server in this process, with more rows than anybody reads."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.screens.desk import LINKS, SignedIn
from tests.waiting import until
from vestibule.access import audit
from vestibule.access.principal import Principal
from vestibule.config import Folders
from vestibule.models import ClientNew, SignIn
from vestibule.remote import audit_calls
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem
from vestibule.screens.activity import Activity
from vestibule.screens.activity_check import ActivityCheck
from vestibule.screens.activity_detail import ActivityDetail
from vestibule.screens.activity_export import ActivityExport
from vestibule.screens.clients import Clients
from vestibule.store.engine import open_store
from vestibule.store.schema import audit as rows
from vestibule.store.schema import audit_head
from vestibule.widgets.activity_rows import ActivityRows
from vestibule.widgets.push_button import PushButton

WRONG = SignIn(mode="password", username="service", password="a wrong one", device="pc")
MANY = 400


class Desk(SignedIn):
    """The app, gone to Activity."""

    @property
    def listed(self) -> ActivityRows:
        assert isinstance(self.app.screen, Activity)
        return self.app.screen.query_one(ActivityRows)

    @property
    def lines(self) -> list[str]:
        return [self.listed.render_line(y).text.rstrip() for y in range(self.listed.size.height)]

    @property
    def seq(self) -> int:
        return self.listed.selected.seq if self.listed.selected is not None else 0

    @property
    def count(self) -> str:
        return self.shown("#count")


@pytest.fixture
def desk(here: Folders) -> Desk:
    store = open_store(here.state)
    with store.write() as tx:
        for number in range(MANY):
            who = Principal("server", "192.168.1.7")
            audit.record(tx, who, "hook.ran", outcome="hook_failed" if number % 50 == 0 else "ok")
    store.close()
    return Desk(here)


async def _opened(desk: Desk) -> None:
    await until(lambda: isinstance(desk.app.screen, Clients))
    await desk.app.run_action("screen.open_section('5')")
    await until(lambda: bool(desk.app.screen.query(ActivityRows)) and desk.listed.selected is not None)


async def _fail(here: Folders) -> None:
    async with open_site(here, LINKS) as somebody:
        with pytest.raises(ApiProblem):
            await somebody.sign_in(WRONG)


async def test_any_row_is_reached_and_what_happens_moves_no_row_under_the_cursor(
    here: Folders, desk: Desk
) -> None:
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await _opened(desk)
        assert desk.count == f"Activity {MANY + 2}"  # with the set-up and this sign-in
        await pilot.press("end")
        await until(lambda: desk.seq == 1)
        assert "site set up" in desk.lines[-1]
        await pilot.press("home", *6 * ["pagedown"])
        await until(lambda: desk.seq > 0)
        seq, line = desk.seq, desk.lines.index(next(each for each in desk.lines if each.startswith(">")))
        assert desk.listed.items[250] is None  # not all of it is here
        await _fail(here)
        await until(lambda: desk.count == f"Activity {MANY + 3} · 1 newer above")
        assert (desk.seq, desk.lines[line][0]) == (seq, ">")
        await pilot.press("home")
        await until(lambda: desk.seq == MANY + 3)
        assert desk.lines[0].startswith(">! ")
        assert "sign-in" in desk.lines[0]
        await _fail(here)
        await until(lambda: desk.lines[0].startswith(" ! "))  # in sight at once, the cursor where it was
        assert desk.lines[1].startswith(">! ")
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, ActivityDetail))
        assert "127.0.0.1" in desk.shown("#facts")


async def test_the_list_is_narrowed_by_words_by_refusals_and_by_client(
    here: Folders, console: Api, desk: Desk
) -> None:
    anna = await console.add_client(ClientNew(name="Anna Rossi"))
    await console.add_client(ClientNew(name="Marc Dubois", code_minutes=0))
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await _opened(desk)
        await pilot.press("r")
        await until(lambda: desk.count == f"Activity {MANY // 50} · refused only")
        await pilot.press("escape")
        await until(lambda: desk.count == f"Activity {MANY + 5}")
        await pilot.press("slash", *"rossi issued", "enter")
        await until(lambda: desk.count == "Activity 1")
        await pilot.press("escape", "down", "down")
        await until(lambda: desk.seq == MANY + 3 and "o" in desk.keys)
        await pilot.press("o")
        await until(lambda: desk.count == "Activity 2 · Anna Rossi")
        await pilot.press("c")
        await until(lambda: isinstance(desk.app.screen, Clients))
        clients = desk.app.screen
        assert isinstance(clients, Clients)
        await until(lambda: clients._chosen is not None and clients._chosen.id == anna.id)
        await pilot.press("escape", "d")  # disables whom one came for
        await pilot.press("h")
        await until(lambda: isinstance(desk.app.screen, Activity) and desk.count == "Activity 3 · Anna Rossi")
        assert desk.app.screen.query_one("#filter", Input).value == ""


async def test_a_cut_end_is_noticed_by_the_head_of_the_last_time(
    here: Folders, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_calls, "PART", 50)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await _opened(desk)
        await pilot.press("v")
        await until(lambda: isinstance(desk.app.screen, ActivityCheck) and "Head" in desk.shown("#found"))
        assert desk.shown("#found").startswith(f"The record is whole: {MANY + 2} rows.")
        kept = await desk.connection.kept_head()
        assert kept.startswith(f"{MANY + 2}:")
        await pilot.press("y")
        assert desk.app.clipboard == kept
        await pilot.press("escape")
        store = open_store(here.state)
        with store.write() as tx:
            last = tx.connection.execute(rows.select().where(rows.c.seq == MANY)).one()
            tx.connection.execute(rows.delete().where(rows.c.seq > MANY))
            tx.connection.execute(audit_head.update().values(seq=MANY, mac=last.mac))
        store.close()
        await pilot.press("v")
        await until(lambda: isinstance(desk.app.screen, ActivityCheck) and bool(desk.shown("#found")))
        missing = f"! The record is not whole: its end is missing from row {MANY + 1} on."
        assert desk.shown("#found") == missing
        assert await desk.connection.kept_head() == kept  # the head of what was lost is not given up
        monkeypatch.setattr(audit_calls, "PART", 1)
        desk.field("head").value = ""
        desk.app.screen.query_one("#go", PushButton).action_press()
        while f"of {MANY} rows" not in desk.said:  # noqa: ASYNC110 - until() would see it through to its end
            await asyncio.sleep(0.01)
        desk.app.screen.query_one("#cancel", PushButton).action_press()
        await until(lambda: desk.said.startswith("Stopped."))
        assert desk.shown("#found") == ""
        desk.field("head").value = kept[:20]
        await pilot.press("tab", "tab", "enter")
        assert desk.field("head").objection != ""


async def test_what_is_listed_is_written_to_a_file_as_a_whole_or_not(
    here: Folders, desk: Desk, tmp_path: Path
) -> None:
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await _opened(desk)
        await pilot.press("r", "x")
        await until(lambda: isinstance(desk.app.screen, ActivityExport))
        file = tmp_path / "record.jsonl"
        desk.field("line").value = str(file)
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Activity))
        assert desk.said.startswith(f"{MANY // 50} rows are in ")
        written = [json.loads(line) for line in file.read_text().splitlines()]
        assert [row["outcome"] for row in written] == MANY // 50 * ["hook_failed"]
        assert file.stat().st_mode & 0o777 == 0o600
        await pilot.press("x")
        await until(lambda: isinstance(desk.app.screen, ActivityExport))
        desk.field("line").value = str(tmp_path / "nowhere" / "record.jsonl")
        await pilot.press("enter")
        await until(lambda: "No such file" in desk.said)
        assert [name for name in os.listdir(tmp_path) if "record" in name] == ["record.jsonl"]

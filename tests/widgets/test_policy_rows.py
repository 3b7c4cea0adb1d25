"""The switches of the policy and the list of text messages, as widgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.render.test_policy_words import REASONS, need, policy, sms
from vestibule.render.policy_words import SWITCHES, lines
from vestibule.two_factor_models import Delivery, Policy, RequirementName, SmsPurpose
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Rows
from vestibule.widgets.sms_list import SmsList

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)


class Desk(App[None]):
    CSS = "PolicyRows { height: 9; } SmsList { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.grid = PolicyRows()
        self.messages = SmsList(plain_glyphs=False)
        self.messages.zone = ZoneInfo("Europe/Zurich")
        self.messages.clock = lambda: NOW
        self.turned: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.grid
        yield self.messages

    def on_property_grid_stepped(self, event: PropertyGrid.Stepped) -> None:
        self.turned.append(event.key)


def rows(widget: Rows[Any]) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def in_force() -> Policy:
    first = {name: need(name, met, reason, detail) for name, met, reason, detail, _ in reversed(REASONS)}
    needs = [first[name] for name in RequirementName]
    return policy(totp_enabled=True, external=True, requirements=needs)


@pytest.mark.parametrize("width", [80, 40])
async def test_nine_lines_hold_the_policy_and_space_is_for_switches(width: int) -> None:
    desk = Desk()
    async with desk.run_test(size=(width, 24)) as pilot:
        desk.grid.focus()
        desk.grid.show(lines(in_force(), plain=False))
        await pilot.press("space")
        shown = rows(desk.grid)
        assert [line.split()[-1] for line in shown[:4]] == ["on", "off", "on", "off"]
        assert shown[0].startswith(">  Enable TOTP 2FA")
        assert shown[2].startswith("     for external users")
        assert shown[4] == " What it needs of the server"
        assert shown[6].split("Clock")[1].strip().startswith("✓ right with")
        assert all(cell_len(line) <= width for line in shown)
        seen = []
        for _ in range(7):
            await pilot.press("down", "space")
            seen.append(desk.grid.selected_switch)
        assert seen == [*SWITCHES[1:], "", "", "", ""]
        assert desk.turned == list(SWITCHES)
        assert desk.grid.cursor == 8


async def test_messages_stand_in_columns_and_the_reason_is_cut_last() -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 20)) as pilot:
        desk.messages.empty = "No message yet."
        desk.messages.show([])
        await pilot.pause()
        assert rows(desk.messages)[0] == " No message yet."
        desk.messages.show(
            [
                sms(id="1", delivery=Delivery.QUEUED, attempts=0, done_at=None, purpose=SmsPurpose.TEST),
                sms(id="2", at=NOW - timedelta(days=1)),
                sms(id="3", delivery=Delivery.FAILED, attempts=3, reason="[b]no\x1b[2J " + "x" * 90),
            ]
        )
        await pilot.pause()
        shown = rows(desk.messages)
        assert shown[0] == ">11:00     … queued •••• 4412 test  0 tries"
        assert shown[1] == " Tue 11:00 ✓ sent   •••• 4412 login"
        assert shown[2].startswith(" 11:00     ✗ failed •••• 4412 login 3 tries · [b]no<001B>[2J xxx")
        assert shown[2].endswith("…")
        await pilot.resize_terminal(40, 20)
        assert rows(desk.messages)[2] == " 11:00     ✗ failed •••• 4412 login 3…"

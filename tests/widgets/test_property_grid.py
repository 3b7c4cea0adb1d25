from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region

from vestibule.properties import PROPERTIES, SECRETS
from vestibule.render.property_words import lines
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Rows

KEYS = [entry.key for entry in PROPERTIES]
IN_FORCE: dict[str, Any] = {
    entry.key: {"set": False} if entry.key in SECRETS else entry.default for entry in PROPERTIES
}


class Desk(App[None]):
    CSS = "PropertyGrid { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.grid = PropertyGrid()
        self.stepped: list[str] = []
        self.chosen: list[str] = []
        self.highlighted: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        self.grid.focus()
        self.grid.show(lines(IN_FORCE, {}))

    def on_property_grid_stepped(self, event: PropertyGrid.Stepped) -> None:
        assert event.control is self.grid
        self.stepped.append(event.key)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.chosen.append(self.grid.selected_key)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        self.highlighted.append(self.grid.selected_key)


def rows(grid: PropertyGrid) -> list[str]:
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def row(grid: PropertyGrid, label: str) -> str:
    return next(line for line in rows(grid) if label in line)


def painted(grid: PropertyGrid, monkeypatch: pytest.MonkeyPatch) -> list[Region | None]:
    """Collects what the grid asks to be repainted; None is everything."""
    regions: list[Region | None] = []
    refresh: Callable[..., PropertyGrid] = grid.refresh

    def noticed(*asked: Region, **how: bool) -> PropertyGrid:
        regions.extend(asked or [None])
        return refresh(*asked, **how)

    monkeypatch.setattr(grid, "refresh", noticed)
    return regions


async def test_the_whole_grid_is_in_sight_where_there_is_room() -> None:
    desk = Desk()
    async with desk.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        shown = [line for line in rows(desk.grid) if line]
        assert len(shown) == len(KEYS) + 3
        assert shown[0] == " Server"
        assert shown[1].split() == [">", "System", "name", "–"]
        assert row(desk.grid, "Server client port").split()[-1] == "7550"
        assert row(desk.grid, "Password for cloud").endswith("not set – Cloud is off")
        values = [line.index("off") for line in shown if line.endswith("  off")]
        assert len(set(values)) == 1


async def test_the_cursor_goes_over_headings_and_brings_them_into_view() -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        visited = [desk.grid.selected_key]
        for _ in KEYS:
            await pilot.press("down")
            visited.append(desk.grid.selected_key)
        assert visited == [*KEYS, KEYS[-1]]
        assert desk.highlighted[-1] == KEYS[-1]
        assert rows(desk.grid)[-1].startswith(">")
        for key in reversed(KEYS[:-1]):
            await pilot.press("up")
            assert desk.grid.selected_key == key
        await pilot.press("up")
        assert (desk.grid.selected_key, rows(desk.grid)[0]) == (KEYS[0], " Server")
        await pilot.press("end")
        assert desk.grid.selected_key == KEYS[-1]
        await pilot.press("home")
        assert (desk.grid.selected_key, rows(desk.grid)[0]) == (KEYS[0], " Server")
        seen = {desk.grid.selected_key}
        for key in ("pagedown", "pagedown", "pagedown", "pageup", "pageup", "pageup"):
            await pilot.press(key)
            seen.add(desk.grid.selected_key)
            assert any(line.startswith(">") for line in rows(desk.grid))
        assert {KEYS[0], KEYS[-1]} <= seen
        assert "" not in seen
        assert rows(desk.grid)[0] == " Server"


async def test_space_steps_and_enter_chooses() -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "down", "enter")
        assert (desk.stepped, desk.chosen) == ([KEYS[0]], [KEYS[1]])


async def test_the_mouse_chooses_rows_and_no_headings() -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        await pilot.click(PropertyGrid, offset=(4, 3))
        assert desk.grid.selected_key == KEYS[2]
        await pilot.click(PropertyGrid, offset=(4, 8), times=2)  # "Network"
        assert (desk.grid.selected_key, desk.chosen) == (KEYS[2], [])
        await pilot.click(PropertyGrid, offset=(4, 9), times=2)
        assert desk.chosen == ["local_ip"]


async def test_staged_rows_are_marked_and_only_changed_rows_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        regions = painted(desk.grid, monkeypatch)
        desk.grid.show(lines(IN_FORCE, {}))
        assert regions == []
        desk.grid.show(lines(IN_FORCE, {"client_port": 80}))
        assert [region and (region.y, region.height) for region in regions] == [(11, 1)]
        assert row(desk.grid, "Server client port").startswith(" * Server client port")
        assert not any("*" in line for line in rows(desk.grid) if "client port" not in line)
        regions.clear()
        desk.highlighted.clear()
        desk.grid.show(lines(IN_FORCE, {"cloud": True}))
        assert len(regions) == 6  # the port, the cloud and the four that wait for it
        assert "Cloud is off" not in "".join(rows(desk.grid))
        assert desk.highlighted == []
        desk.grid.show(lines(IN_FORCE, {"system_name": "x"}))
        await pilot.pause()
        assert desk.highlighted == [KEYS[0]]
        regions.clear()
        await pilot.press("down")
        assert [region and region.height for region in regions] == [1, 1]


async def test_rows_without_effect_and_the_cursor_are_told_without_colour() -> None:
    desk = Desk()
    async with desk.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        idle = next(y for y, line in enumerate(rows(desk.grid)) if "Cloud is off" in line)

        def look(y: int) -> Style:
            style = next(iter(desk.grid.render_line(y))).style
            assert style is not None
            return style

        assert (look(1).reverse, look(idle).dim, look(0).bold) == (True, True, True)


@pytest.mark.parametrize("width", [120, 80, 40, 24, 10, 3])
@pytest.mark.parametrize(
    "name", ["建物管理サーバー" * 8, "\x1b[31mred\x9b2J", "[/x][@click=app.quit]quit[/]", "a" + "\u0301" * 60]
)
async def test_foreign_text_stays_in_its_cells(width: int, name: str) -> None:
    desk = Desk()
    async with desk.run_test(size=(width, 30)) as pilot:
        desk.grid.show(lines({**IN_FORCE, "system_name": name}, {"location": name, "cloud": False}))
        await pilot.pause()
        for y in range(desk.grid.size.height):
            text = desk.grid.render_line(y).text
            assert cell_len(text) == width
            assert "\x1b" not in text
            assert "\x9b" not in text
        assert desk.is_running

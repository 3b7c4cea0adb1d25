"""The QR code as a camera sees it: read off the screen of a real terminal, in every size, theme and depth."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cli.shell import Shell
from tests.qr_reading import Cell, cells_of, picture, read_both
from tests.sites import PASSWORD, new_site
from tests.terminal.pty_terminal import Terminal
from tests.warm import VESTIBULE
from vestibule.models import ClientNew, Code, SignIn
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.render.qr import Matrix, link_matrix

T = TypeVar("T")
LINKS = "https://lindenhof.example:7550"
LINK = re.compile(r"https://lindenhof\.example:7550/j/[0-9A-Z]{12}")
DARK_TERMINAL, LIGHT_TERMINAL = ("#d0d0d0", "#000000"), ("#000000", "#ffffff")
QUIET = {("detail", 80): 1, ("alone", 80): 4, ("detail", 120): 4, ("alone", 120): 2}
"""Modules of quiet zone that there is room for; the larger style comes before the wider zone."""


# ------------------------------------------------------------------------------------------ the site


class Site:
    """A site with one client that waits for its first login."""

    def __init__(self, home: Path) -> None:
        self.environ = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "Europe/Zurich",
            "VESTIBULE_HOME": str(home),
            "VESTIBULE_PUBLIC_URL": LINKS,
        }
        self.folders = new_site(home)
        self._shell = Shell(home)
        self.client_id = self.ask(lambda api: api.add_client(ClientNew(profile="Room 12"))).id

    def ask(self, question: Callable[[Api], Awaitable[T]]) -> T:
        async def run() -> T:
            async with open_site(self.folders, LINKS, as_console=True) as api:
                return await question(api)

        return asyncio.run(run())

    def renew(self) -> Code:
        return self.ask(lambda api: api.issue_code(self.client_id))

    def command(self, *arguments: str) -> None:
        assert self._shell.run(*arguments).returncode == 0

    def terminal(self, columns: int, rows: int, term: str = "xterm-256color", **environ: str) -> Terminal:
        """Vestibule with the service account signed in."""
        env = self.environ | environ
        opened = Terminal(VESTIBULE, env=env, columns=columns, rows=rows, term=term, warm=True)
        try:
            sign_in(opened)
        except BaseException:
            opened.close()
            raise
        return opened


def sign_in(terminal: Terminal) -> None:
    terminal.wait_for("Username")
    terminal.type("service\n")
    terminal.wait_for(_is_at_the_password)
    terminal.type(f"{PASSWORD}\n")
    terminal.wait_for(re.compile(r"Clients \d"))
    terminal.wait_for("Room 12")


def _is_at_the_password(terminal: Terminal) -> bool:
    label = terminal.find("Password  ")
    return label is not None and terminal.screen.cursor.y == label.row


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("desk") / "site")


@pytest.fixture(scope="module")
def _desk(site: Site) -> Iterator[Terminal]:
    with site.terminal(80, 24) as terminal:
        yield terminal


@pytest.fixture
def desk(site: Site, _desk: Terminal) -> Terminal:
    """One terminal for the tests of what happens to a code, 80×24 again and with a code that works."""
    code = site.renew()
    while "Esc back" in _desk.text:  # left behind by a test that failed
        _desk.press("escape")
        _desk.wait_quiet()
    _desk.resize(80, 24)
    _desk.wait_for(lambda terminal: is_whole(terminal, code.link))
    return _desk


# ------------------------------------------------------------------------------------------ looking


class Found(NamedTuple):
    """A code on the screen: the modules of white around it, and its two colours."""

    quiet: int
    dark: str
    light: str


def half_cells(cells: list[list[Cell]]) -> NDArray[np.str_]:
    """The colour of the upper and the lower half of each cell, empty where there is text."""
    rows: list[list[str]] = []
    for line in cells:
        halves = [_halves(cell) for cell in line]
        rows += [[upper for upper, _lower in halves], [lower for _upper, lower in halves]]
    return np.array(rows)


@cache
def _halves(cell: Cell) -> tuple[str, str]:
    ink, ground = (cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)
    kinds = {" ": (ground, ground), "▀": (ink, ground), "▄": (ground, ink), "█": (ink, ink)}
    return kinds.get(cell.char, ("", ""))


def find(screen: NDArray[np.str_], matrix: Matrix) -> Found | None:
    """Where exactly these modules are, each of them in one of two colours, in either style."""
    modules = np.array(matrix)
    for scale in (1, 2):
        wanted = np.kron(modules, np.ones((scale, scale), bool))
        side = len(wanted)
        for top, left in _corners(screen, side, scale):
            corner, inner = str(screen[top, left]), str(screen[top + scale, left + scale])
            dark, light = (corner, inner) if matrix[0][0] else (inner, corner)
            area = screen[top : top + side, left : left + side]
            if (
                dark
                and light
                and _brightness(dark) < _brightness(light)
                and np.array_equal(area, np.where(wanted, dark, light))
            ):
                return Found(_quiet(screen, top, left, side, scale, light), dark, light)
    return None


def _corners(screen: NDArray[np.str_], side: int, scale: int) -> Iterator[tuple[int, int]]:
    """Where a finder pattern may begin: seven modules of one colour, another one inside."""
    height, width = (length - side + 1 for length in screen.shape)
    if min(height, width) > 0:
        start = screen[:height, :width]
        may = start != screen[scale : scale + height, scale : scale + width]
        for step in range(1, 7 * scale):
            may &= start == screen[:height, step : step + width]
        for top, left in np.argwhere(may):
            yield int(top), int(left)


def _brightness(colour: str) -> int:
    return sum(bytes.fromhex(colour[1:]))


def _quiet(screen: NDArray[np.str_], top: int, left: int, side: int, scale: int, light: str) -> int:
    """How many modules of white stand on all four sides, four at most."""
    for modules in range(4, 0, -1):
        wide = modules * scale
        if min(top, left) >= wide and top + side + wide <= screen.shape[0]:
            frame = screen[top - wide : top + side + wide, left - wide : left + side + wide].copy()
            frame[wide:-wide, wide:-wide] = light
            if frame.shape[1] == side + 2 * wide and bool((frame == light).all()):
                return modules
    return 0


FINDER = tuple(tuple(bool(int(bit)) for bit in row) for row in (
    "1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111",
))  # fmt: skip


def is_whole(terminal: Terminal, link: str) -> bool:
    return find(half_cells(cells_of(terminal.screen)), link_matrix(link)) is not None


def no_part_of_a_code(terminal: Terminal) -> bool:
    """Neither a finder pattern nor any block glyph, light or dark."""
    if set("▀▄█") & set(terminal.text):
        return False
    screen = half_cells(cells_of(terminal.screen))
    return find(screen, FINDER) is find(screen, inverted(FINDER)) is None


def inverted(matrix: Matrix) -> Matrix:
    return tuple(tuple(not module for module in row) for row in matrix)


def pane(terminal: Terminal) -> list[str]:
    """The lines of the pane the code is in, or of the whole screen where it is alone."""
    lines = terminal.text.split("\n")
    corner = next((line.find("┌") for line in lines if "┌" in line), -1)
    return [line[corner + 1 :].strip(" │") for line in lines]


def link_beside(terminal: Terminal) -> str | None:
    """The link as it stands there as text, put together where it is wrapped."""
    found = LINK.search("".join(pane(terminal)))
    return found.group() if found else None


def check(terminal: Terminal, code: Code, quiet: int, colours: tuple[str, str] = DARK_TERMINAL) -> Found:
    """Fail unless the whole code is there, nothing lies over it and both decoders read the link beside it."""
    matrix = link_matrix(code.link)
    seen: list[tuple[Found, list[list[Cell]]]] = []

    def is_there(terminal: Terminal) -> bool:
        cells = cells_of(terminal.screen, *colours)
        found = find(half_cells(cells), matrix)
        if found is None or found.quiet < quiet or link_beside(terminal) != code.link:
            return False
        seen.append((found, cells))
        return True

    terminal.wait_for(is_there)
    found, cells = seen[-1]
    read = read_both(picture(cells, colours[1]))
    scheme, _, rest = code.link.partition("://")
    assert read == (f"{scheme}://{rest.upper()}",) * 2, terminal.screenshot()
    return found


# ------------------------------------------------------------------------------------------ tests


@pytest.mark.parametrize(
    ("theme", "term", "depth"),
    [
        ("dark", "xterm-256color", ""),
        ("dark", "xterm-256color", "truecolor"),
        ("dark", "xterm", ""),
        ("dark", "linux", ""),
        ("light", "xterm-256color", ""),
        ("light", "linux", ""),
    ],
)
def test_it_is_read_off_the_screen(site: Site, theme: str, term: str, depth: str) -> None:
    code = site.renew()
    colours = LIGHT_TERMINAL if theme == "light" else DARK_TERMINAL
    with site.terminal(80, 24, term, VESTIBULE_THEME=theme, COLORTERM=depth) as terminal:
        for columns, rows in ((80, 24), (120, 40)):
            terminal.resize(columns, rows)
            for place in ("detail", "alone"):
                found = check(terminal, code, QUIET[place, columns], colours)
                assert (found.dark, found.light) == ("#000000", "#ffffff")
                terminal.press("v" if place == "detail" else "escape")
                terminal.wait_for("Esc back") if place == "detail" else terminal.wait_gone("Esc back")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_without_colours_it_is_reverse_video(site: Site, theme: str) -> None:
    code = site.renew()
    colours = LIGHT_TERMINAL if theme == "light" else DARK_TERMINAL
    with site.terminal(80, 24, NO_COLOR="1", VESTIBULE_THEME=theme) as terminal:
        if theme == "light":  # reverse video is dark there: that is what the key is for
            terminal.press("i")
        check(terminal, code, QUIET["detail", 80], colours)
        terminal.press("v")
        terminal.wait_for("Esc back")
        if theme == "light":
            terminal.press("i")
        check(terminal, code, QUIET["alone", 80], colours)
        assert not re.search(
            rb"\x1b\[[0-9;]*(?:3[0-7]|4[0-7]|[34]8;[25]|9[0-7]|10[0-7])[0-9;]*m", terminal.raw
        )


@pytest.mark.parametrize("size", [(40, 24), (60, 15), (80, 18), (30, 30), (100, 16)])
def test_too_small_it_is_no_part_of_a_code_but_text(
    desk: Terminal, site: Site, size: tuple[int, int]
) -> None:
    code = site.renew()
    for place in ("detail", "alone"):
        desk.resize(80, 24)
        check(desk, code, 1)
        desk.resize(*size)
        desk.wait_for(lambda terminal: is_whole(terminal, code.link) or no_part_of_a_code(terminal))
        desk.wait_quiet(0.1)
        if not is_whole(desk, code.link):
            assert no_part_of_a_code(desk), desk.screenshot()
            assert "needs 31 columns × 16 rows" in " ".join(pane(desk)), desk.screenshot()
            assert link_beside(desk) == code.link, desk.screenshot()
        desk.resize(80, 24)
        check(desk, code, 1)
        desk.press("v" if place == "detail" else "escape")
        desk.wait_for("Esc back") if place == "detail" else desk.wait_gone("Esc back")


@pytest.mark.parametrize("key", ["?", "ctrl+p", "ctrl+o", "a", "e", "delete"])
def test_a_dialog_over_it_leaves_it_whole(desk: Terminal, site: Site, key: str) -> None:
    code = site.renew()
    before = check(desk, code, 1)
    desk.press(key)
    desk.wait_for(lambda terminal: not is_whole(terminal, code.link))
    desk.wait_quiet(0.15)
    desk.press("escape")
    desk.wait_quiet(0.15)
    assert check(desk, code, 1) == before


def test_style_and_inversion_by_key(desk: Terminal, site: Site) -> None:
    code = site.renew()
    desk.resize(120, 40)
    for place in ("detail", "alone"):
        check(desk, code, QUIET[place, 120])
        desk.press("i")
        negative = inverted(link_matrix(code.link))
        desk.wait_for(lambda now: find(half_cells(cells_of(now.screen)), negative) is not None)  # noqa: B023
        desk.press("i")
        check(desk, code, QUIET[place, 120])
        drawn = set()
        for _style in range(4):
            desk.wait_quiet(0.1)
            if is_whole(desk, code.link):
                check(desk, code, 2)
            else:  # the largest style, asked for where there is no room
                assert no_part_of_a_code(desk), desk.screenshot()
            drawn.add("▀" in desk.text)
            desk.press("s")
        check(desk, code, QUIET[place, 120])  # round again
        assert True in drawn
        desk.press("v" if place == "detail" else "escape")
        desk.wait_for("Esc back") if place == "detail" else desk.wait_gone("Esc back")


def test_alone_it_closes_when_it_is_revoked_elsewhere(desk: Terminal, site: Site) -> None:
    code = site.renew()
    check(desk, code, 1)
    desk.press("v")
    desk.wait_for("Esc back")
    check(desk, code, QUIET["alone", 80])
    site.command("code", "revoke", site.client_id)
    desk.wait_gone("Esc back", timeout=3)
    desk.wait_for(no_part_of_a_code, timeout=3)
    desk.wait_gone(code.code, timeout=3)
    assert link_beside(desk) is None


def test_under_the_palette_it_closes_too(desk: Terminal, site: Site) -> None:
    code = site.renew()
    check(desk, code, 1)
    desk.press("v")
    desk.wait_for("Esc back")
    desk.press("ctrl+p")
    desk.wait_for("Find an action")
    site.command("code", "revoke", site.client_id)
    # The poll for what other processes write takes a quarter of a second.
    desk.wait_quiet(0.6)
    if "Find an action" in desk.text:
        desk.press("escape")
    desk.wait_gone("Esc back", timeout=3)
    desk.wait_for(no_part_of_a_code, timeout=3)
    desk.wait_gone(code.code, timeout=3)


def test_signed_out_no_code_is_left_on_the_screen(site: Site) -> None:
    code = site.renew()
    with site.terminal(80, 24) as terminal:
        check(terminal, code, 1)
        terminal.press("ctrl+o")
        terminal.wait_for("Sign out?")
        terminal.press("tab", "enter")
        terminal.wait_for("Username")
        terminal.wait_for(no_part_of_a_code, timeout=3)
        assert code.code not in terminal.text
        assert link_beside(terminal) is None
        sign_in(terminal)
        check(terminal, code, 1)


def test_used_it_is_gone_and_the_name_stands_there(desk: Terminal, site: Site) -> None:
    code = site.renew()
    check(desk, code, 1)
    desk.press("v")
    desk.wait_for("Esc back")
    request = SignIn(mode="otp", code=code.code.lower(), name="Anna Rossi", device="pc")
    site.ask(lambda api: api.sign_in(request))
    desk.wait_gone("Esc back", timeout=3)
    desk.wait_for("Anna Rossi", timeout=3)
    desk.wait_for(no_part_of_a_code, timeout=3)
    desk.wait_gone(code.code, timeout=3)
    assert link_beside(desk) is None

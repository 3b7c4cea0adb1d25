"""The terminal's own cursor stands where the focus is: screen readers and braille displays follow it."""

from __future__ import annotations

import pytest

from tests.sites import PASSWORD
from tests.terminal.desk import ADMIN, Desk, environment, fill
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal
from tests.warm import VESTIBULE

QUIET = 0.15
CURSOR = 25
"""The private mode that shows the cursor."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    for name in ("Anna Rossi", "Marc Dubois", "Claire Weber"):
        desk.add(name)
    return desk


def here(terminal: Terminal) -> tuple[int, int]:
    """Column and row of the cursor."""
    terminal.wait_quiet(QUIET)
    cursor = terminal.screen.cursor
    return cursor.x, cursor.y


def stands_at(terminal: Terminal, text: str) -> bool:
    """Whether the cursor is at the first letter of ``text``."""
    return here(terminal) == terminal.find(text)  # which waits first


def stands_on_focus(terminal: Terminal) -> bool:
    """Whether it is on what is shown as focused: a reversed row, word or button, or within such brackets."""
    x, y = here(terminal)
    before = (terminal.cell(column, y) for column in range(x))
    return bool(terminal.cell(x, y).reverse) or any(cell.reverse and cell.data == "[" for cell in before)


def test_at_every_stop_of_the_login(desk: Desk) -> None:
    with desk.terminal(ADMIN, columns=80, rows=24) as terminal:
        terminal.wait_for("Username")
        terminal.wait_for("OTP")  # the server is there
        field = terminal.find("Username")
        assert field is not None
        assert here(terminal) == (field.column + 20, field.row)
        terminal.type("serv")
        assert here(terminal) == (field.column + 24, field.row)
        terminal.press("left")
        assert here(terminal) == (field.column + 23, field.row)
        for stop in ("[ Cancel ]", "[ Sign in ]"):
            terminal.press("tab", *(["tab"] if stop == "[ Cancel ]" else []))
            assert stands_at(terminal, stop), terminal.screenshot()
            assert stands_on_focus(terminal)
        terminal.press("tab")
        assert here(terminal)[1] == (terminal.find("OTP") or (0, 0))[1]


def test_on_rows_and_in_dialogs(desk: Desk) -> None:
    with desk.admin() as terminal:
        terminal.wait_for("Clients 4 by")
        rows = {here(terminal)[1]}
        for _step in range(3):
            terminal.press("down")
            x, y = here(terminal)
            rows.add(y)
            assert terminal.line(y).startswith(">"), terminal.screenshot()
            assert x == 0
        assert len(rows) == 4
        terminal.press("up")
        assert terminal.line(here(terminal)[1]).startswith(">")
        terminal.press("d")  # no second line of the list moves it
        assert terminal.line(here(terminal)[1]).startswith(">")


def test_in_the_client_editor_at_every_control(desk: Desk) -> None:
    with desk.admin() as terminal:
        terminal.press("a")
        terminal.wait_for("Add a client")
        seen = [here(terminal)]
        for _stop in range(18):
            terminal.press("tab")
            assert stands_on_focus(terminal), terminal.screenshot()
            seen.append(here(terminal))
        assert stands_at(terminal, "[ Save ]")
        terminal.press("tab", "tab", "tab", "tab")  # to the kind: two words on one line
        assert stands_at(terminal, "(•) staff"), terminal.screenshot()
        terminal.press("right")
        assert stands_at(terminal, "(•) guest"), terminal.screenshot()
        assert len(set(seen)) == len(seen)


def test_on_the_grid_also_when_it_has_scrolled(desk: Desk) -> None:
    with desk.terminal(ADMIN, columns=80, rows=16) as terminal:
        terminal.wait_for("Username")
        fill(terminal, ("Username", "service"), ("Password", PASSWORD))
        terminal.press("enter")
        terminal.wait_for("by state")
        terminal.press("2")
        terminal.wait_for("System name")
        for _step in range(21):
            terminal.press("down")
            x, y = here(terminal)
            assert (x, terminal.line(y)[:1]) == (0, ">"), terminal.screenshot()
        terminal.press("f1")  # and where nothing takes the focus, at what is to be read
        terminal.wait_for("Cloud connection policy")
        assert terminal.line(here(terminal)[1]).strip("│ ")


def test_it_is_hidden_unless_asked_for(desk: Desk) -> None:
    with desk.admin() as terminal:
        assert CURSOR not in terminal.modes
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.modes == INITIAL_MODES
    env = environment(desk.root / ADMIN) | {"VESTIBULE_PLAIN": "1"}
    with Terminal(VESTIBULE, env=env, warm=True) as terminal:
        terminal.wait_for("Username")
        terminal.wait_for(lambda terminal: CURSOR in terminal.modes)
        terminal.press("ctrl+q")
        terminal.wait_exit()

"""However Vestibule ends, the terminal is left as it was found, and nothing secret on it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.terminal.desk import VESTIBULE, Desk, environment
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal

HANDED_OVER = "hunter2-hunter2-hunter2"

CRASH = """
import sys

from vestibule.cli import run
from vestibule.screens.login import Login

def crash(self):
    password = "hunter2-hunter2-hunter2"
    raise RuntimeError(f"not with {password}")

Login.action_switch = crash
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    return desk


def assert_left_clean(terminal: Terminal) -> None:
    assert terminal.exit_status is not None
    assert terminal.modes == INITIAL_MODES
    assert terminal.kitty_depth == 0
    assert terminal.termios_is_sane()
    with pytest.raises(ProcessLookupError):  # nothing was left running
        os.killpg(terminal.pid, 0)


def test_quitting(desk: Desk) -> None:
    with desk.admin() as terminal:
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert_left_clean(terminal)
        assert terminal.text.strip() == ""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals(desk: Desk, number: int, status: int) -> None:
    with desk.admin() as terminal:
        terminal.signal(number)
        assert terminal.wait_exit() == status
        assert_left_clean(terminal)


def test_a_crash_shows_no_locals(desk: Desk, tmp_path: Path) -> None:
    program = tmp_path / "crash.py"
    program.write_text(CRASH)
    env = environment(desk.root / "admin")
    with Terminal([sys.executable, str(program)], env=env) as terminal:
        terminal.wait_for("Username")
        terminal.press("ctrl+t")
        assert terminal.wait_exit() == 1
        assert_left_clean(terminal)
        assert "Vestibule made a mistake" in terminal.text
        assert "RuntimeError" in terminal.text
    assert HANDED_OVER.encode() not in terminal.raw


# ------------------------------------------------------------------ the demo


def demo_folders(root: Path) -> list[Path]:
    return list(root.glob("vestibule-demo-*"))


@pytest.mark.parametrize(
    ("number", "status"),
    [(None, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["quit", "term", "hup"],
)
def test_the_demo_leaves_nothing_behind(tmp_path: Path, number: int | None, status: int) -> None:
    with Terminal([*VESTIBULE, "demo"], env=environment(tmp_path / "home")) as terminal:
        terminal.wait_for("Clients 14 by state", timeout=15)
        assert len(demo_folders(tmp_path)) == 1
        if number is None:
            terminal.press("ctrl+q")
        else:
            terminal.signal(number)
        assert terminal.wait_exit() == status
        assert_left_clean(terminal)
    assert not demo_folders(tmp_path)
    assert not (tmp_path / "home").exists()


def test_the_demo_stopped_while_it_is_being_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with Terminal([*VESTIBULE, "demo"], env=environment(tmp_path / "home")) as terminal:
        terminal.wait_for(lambda _: bool(demo_folders(tmp_path)))
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert_left_clean(terminal)
    assert not demo_folders(tmp_path)


# ------------------------------------------------------------------ no terminal


def test_without_a_terminal(desk: Desk) -> None:
    done = desk.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no terminal here" in done.stderr
    assert "\x1b" not in done.stderr


def test_with_stderr_piped(desk: Desk, tmp_path: Path) -> None:
    script = f'{" ".join(VESTIBULE)} 2>"{tmp_path}/said"; exit $?'
    with Terminal(["sh", "-c", script], env=environment(desk.root / "admin")) as terminal:
        assert terminal.wait_exit() == 2
        assert terminal.raw == b""
    assert "There is no terminal here" in (tmp_path / "said").read_text()


def test_on_a_dumb_terminal(desk: Desk) -> None:
    with Terminal(VESTIBULE, env=environment(desk.root / "admin"), term="dumb") as terminal:
        assert terminal.wait_exit() == 2
        assert "There is no terminal here" in terminal.text
        assert b"\x1b" not in terminal.raw

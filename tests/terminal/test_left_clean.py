"""However Vestibule ends, the terminal is left as it was found, and nothing secret on it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.terminal.desk import Desk, environment
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal
from tests.warm import VESTIBULE

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
    desk = Desk(tmp_path_factory.mktemp("desk"), warm=False)
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


def test_in_the_shell_of_emacs(desk: Desk) -> None:
    env = environment(desk.root / "admin") | {"INSIDE_EMACS": "29.1,comint"}
    with Terminal(VESTIBULE, env=env, term="dumb") as terminal:
        assert terminal.wait_exit() == 2
        assert "There is no terminal here" in terminal.text
        assert b"\x1b" not in terminal.raw


def test_with_nothing_to_read(desk: Desk) -> None:
    script = f"{' '.join(VESTIBULE)} </dev/null; exit $?"
    with Terminal(["sh", "-c", script], env=environment(desk.root / "admin")) as terminal:
        assert terminal.wait_exit() == 2
        assert "There is no terminal here" in terminal.text
        assert b"\x1b" not in terminal.raw


def test_when_the_terminal_goes_away_without_a_word(desk: Desk) -> None:
    """No controlling terminal, so no SIGHUP: as in a container, or with a line that was pulled out."""
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    env = environment(desk.root / "admin") | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        VESTIBULE, env=env, start_new_session=True, stdin=slave, stdout=slave, stderr=slave
    )
    try:
        os.close(slave)
        shown = b""
        while b"Username" not in shown:
            shown += os.read(master, 65536)
        os.close(master)
        # 120 says Python that could not flush what it had to say: to whom?
        assert process.wait(timeout=10) in (128 + signal.SIGHUP, 120)
    finally:
        process.kill()
        process.wait()


# ------------------------------------------------------------------ back to the shell for a while


def test_stopped_and_continued(desk: Desk) -> None:
    """As vi and less do it: the shell gets its terminal back, and ``fg`` brings the screens back."""
    env = environment(desk.root / "admin") | {"PS1": "ready> "}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env=env) as terminal:
        terminal.wait_for("ready>")
        terminal.type(" ".join(VESTIBULE) + "\n")
        terminal.wait_for("Username")
        for answer in (42, 43):
            terminal.wait_for("Haus Lindenhof")
            terminal.press("ctrl+z")
            terminal.wait_for("Stopped")
            terminal.wait_for(is_the_shells)
            terminal.type(f"echo $(({answer} + 0))\n")
            terminal.wait_for(re.compile(f"^{answer}", re.MULTILINE))
            terminal.type("fg\n")
            terminal.wait_for("Haus Lindenhof")
            terminal.type("x")
            terminal.wait_for(re.compile(r"Username +\[ x "))
            terminal.press("backspace")
        terminal.press("ctrl+q")
        terminal.wait_gone("Haus Lindenhof")
        terminal.wait_for(re.compile(r"ready>\s*\Z"))
        assert is_the_shells(terminal)
        terminal.type("echo $(($? + 44))\n")
        terminal.wait_for(re.compile("^44", re.MULTILINE))


def is_the_shells(terminal: Terminal) -> bool:
    """Whether the modes are those of a shell, which may ask for brackets around what is pasted."""
    return terminal.modes - {2004} == INITIAL_MODES


def test_not_stopped_where_nobody_could_continue_it(desk: Desk) -> None:
    """In the place of a shell, as sshd's ForceCommand starts it."""
    with desk.terminal("admin") as terminal:
        terminal.wait_for("Username")
        terminal.press("ctrl+z")
        terminal.type("x")
        terminal.wait_for(re.compile(r"Username +\[ x "))
        assert 1049 in terminal.modes


def test_a_terminal_that_has_gone_before_anybody_watched_is_gone() -> None:
    """Of a dead one the system says that it is none: the app would read it for ever, with all its might."""
    program = """
import asyncio, sys
from vestibule.hangup import on_hangup
async def main():
    told = asyncio.get_running_loop().create_future()
    on_hangup(told.set_result)
    sys.exit(await asyncio.wait_for(told, 10))
asyncio.run(main())
"""
    master, slave = os.openpty()
    os.close(master)
    try:
        command = [sys.executable, "-c", program]
        assert subprocess.run(command, stdin=slave, timeout=20).returncode == 128 + signal.SIGHUP
    finally:
        os.close(slave)

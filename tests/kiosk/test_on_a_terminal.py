"""The kiosk on a real pty: nothing leads out of it, and it comes back by itself."""

from __future__ import annotations

import re
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.desk import Desk, environment
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal
from tests.warm import VESTIBULE

CRASH = """
import sys
from vestibule.cli import run
from vestibule.kiosk.entrance import Entrance

def crash(self):
    password = "hunter2-hunter2-hunter2"
    raise RuntimeError(f"not with {password}")

Entrance.action_switch = crash
sys.exit(run(sys.argv[1:]))
"""
BLOCKS = re.compile(r"[▀▄█▌▐░▒▓]")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    desk.serve()
    yield desk
    desk.kill_server()


def kiosk(desk: Desk, *options: str, columns: int = 80, rows: int = 24, term: str = "linux") -> Terminal:
    env = environment(desk.root / "kiosk") | {"TEXTUAL": "devtools,debug", "TEXTUAL_PRESS": "x"}
    del env["COLORTERM"]
    command = [*VESTIBULE, "kiosk", "--site", desk.address, *options]
    return Terminal(command, env=env, columns=columns, rows=rows, term=term, warm=True)


def test_a_visit_from_code_to_nobody(desk: Desk) -> None:
    code = desk.add("Room 12", "--profile", "Lift")
    with kiosk(desk, "--idle", "3") as terminal:
        terminal.wait_for("Haus Lindenhof")
        terminal.type(code.lower() + "\n")
        terminal.wait_for(f"│ {code[0]} │ {code[1]} │")
        terminal.type("Anna Rossi\n")
        terminal.wait_for("Welcome. This is your access:")
        terminal.wait_for(re.compile(r"You may open +Lift"))
        terminal.press("ctrl+c", "ctrl+q", "ctrl+z", "ctrl+\\", "ctrl+p", "f9")
        terminal.wait_for("Are you still there?", timeout=6)
        terminal.wait_for("one-time code", timeout=6)
        terminal.wait_quiet(0.1)
        assert "Anna" not in terminal.text
        assert f"│ {code[0]} │" not in terminal.text
        assert not BLOCKS.search(terminal.text)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert terminal.modes == INITIAL_MODES
        assert terminal.termios_is_sane()
        assert terminal.text.strip() == ""
    left = [path.read_bytes() for path in (desk.root / "kiosk").rglob("*") if path.is_file()]
    assert not any(b"vd_" in content or b"Anna" in content for content in left)
    sessions = "SELECT count(*) FROM session JOIN client ON client.id = client_id WHERE name = 'Anna Rossi'"
    with desk.database() as database:
        assert database.execute(sessions).fetchone() == (0,)


def test_a_crash_is_no_way_out(desk: Desk, tmp_path: Path) -> None:
    program = tmp_path / "crash.py"
    program.write_text(CRASH)
    env = environment(desk.root / "crash")
    command = [sys.executable, str(program), "kiosk", "--site", desk.address]
    with Terminal(command, env=env) as terminal:
        terminal.wait_for("Haus Lindenhof")
        terminal.type("7kqm")
        terminal.wait_for("│ 7 │ K │")
        terminal.press("f2")
        terminal.wait_for("One moment, please. This screen starts again by itself.")
        assert not termios.tcgetattr(terminal._slave)[3] & (termios.ECHO | termios.ISIG)
        terminal.type("secret\x03\x1a\x1c")
        terminal.wait_for("one-time code")
        terminal.wait_quiet(0.2)
        assert "│ 7 │ K │" not in terminal.text
        assert "RuntimeError" not in terminal.text
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_exit() == 129
        assert terminal.termios_is_sane()
    for word in (b"hunter2", b"secret", b"RuntimeError", b"Traceback"):
        assert word not in terminal.raw


def test_a_lost_server_is_waited_for(desk: Desk) -> None:
    code = desk.add("Room 13")
    with kiosk(desk, "--idle", "3") as terminal:
        terminal.wait_for("Haus Lindenhof")
        terminal.type(code + "\n")
        terminal.type("Ben\n")
        terminal.wait_for("Welcome.")
        desk.kill_server()
        try:
            terminal.wait_for("No connection at the moment.")
            terminal.wait_for("one-time code", timeout=10)
            terminal.wait_for("No connection at the moment.", timeout=10)
            assert "Ben" not in terminal.text
            assert desk.address not in terminal.text  # which is nothing to a guest
        finally:
            desk.serve()
        terminal.wait_gone("No connection", timeout=10)


def test_on_the_width_of_a_phone_no_control_is_cut(desk: Desk) -> None:
    with kiosk(desk, columns=40, rows=24) as terminal:
        for words in ("one-time code", "Your name", "[ Erase all ]  [ Sign in ]", "Deutsch", "Tab next"):
            terminal.wait_for(words)
        terminal.press("enter")
        terminal.wait_for("! Type the one-time code")
        for words in ("[ Sign in ]", "Deutsch", "Tab next"):
            assert words in terminal.text


def test_without_a_terminal_or_a_site(desk: Desk) -> None:
    done = desk.run("kiosk", "--site", desk.address)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no terminal here" in done.stderr
    done = desk.run("kiosk", home="nobody")
    assert done.returncode == 2
    assert "There is no site on this machine." in done.stderr
    assert "address like http://" in desk.run("kiosk", "--site", "haus").stderr

"""The test terminal itself: what it sends, what it draws, and that it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.pty_terminal import INITIAL_MODES, Position, Terminal, key_sequence

ENV = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
PYTHON = [sys.executable, "-I", "-S", "-c"]

ALTERNATE_SCREEN = r"""
import sys
print("before")
sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[2J\x1b[3;5H\x1b[31mred\x1b[m")
sys.stdout.write("\x1b[>25u\x1b[?2026$p\x1b[?2048$p\x1b[>4;2m\x1b[?4m\x1b]10;?\x07\x1b]22;text\x1b\\")
sys.stdout.write("\x1bPq#0\x1b\\\x1b F\x1b[c\x1b[6n")
sys.stdout.flush()
input()
sys.stdout.write("\x1b[<u\x1b[?25h\x1b[?1049l")
print("after")
"""

# Shows, byte by byte and in hexadecimal, what comes in.
SHOW_BYTES = r"""
import os, sys, tty
tty.setraw(0)
sys.stdout.write(sys.argv[1] + "ready\r\n")
sys.stdout.flush()
while (data := os.read(0, 100)) != b"\x04":
    os.write(1, data.hex().encode() + b" ")
"""

TEXTUAL_APP = """
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Button, Input, Label


class Small(App[None]):
    CSS = "Button { dock: bottom; }"
    BINDINGS = [("f2", "bye", "Bye")]

    def compose(self) -> ComposeResult:
        yield Input()
        yield Label("no key", id="key")
        yield Label("no size", id="size")
        yield Button("Press me")

    def on_key(self, event: events.Key) -> None:
        self.query_one("#key", Label).update(f"key {event.key}")

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#size", Label).update(f"size {event.size.width} by {event.size.height}")

    def on_button_pressed(self) -> None:
        self.query_one("#key", Label).update("button pressed")

    def action_bye(self) -> None:
        self.exit(return_code=3)


app = Small()
app.run()
raise SystemExit(app.return_code)
"""


def shell(script: str, columns: int = 40, rows: int = 8) -> Terminal:
    return Terminal(["sh", "-c", script], env=ENV, columns=columns, rows=rows)


@pytest.fixture
def cat() -> Iterator[Terminal]:
    with Terminal(["cat"], env=ENV, columns=40, rows=8) as terminal:
        yield terminal


# ------------------------------------------------------------------ the process and its terminal


def test_a_typed_line_is_echoed_and_written_back(cat: Terminal) -> None:
    cat.type("hello\n")
    cat.wait_for("hello\nhello\n")
    assert cat.line(0) == cat.line(1) == "hello"
    assert cat.exit_status is None
    cat.press("ctrl+d")
    assert cat.wait_exit() == 0
    assert cat.exit_status == 0


def test_the_child_has_a_controlling_terminal_and_job_control() -> None:
    with shell("echo found > /dev/tty; exec sleep 60") as terminal:
        terminal.wait_for("found")
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == -signal.SIGINT


def test_the_environment_is_the_one_given() -> None:
    env = ENV | {"COLUMNS": "999", "LINES": "999", "COLORTERM": "truecolor"}
    with Terminal(["env"], env=env, term="linux") as terminal:
        assert terminal.wait_exit() == 0
        lines = set(terminal.raw.decode().splitlines())
    assert lines == {f"PATH={ENV['PATH']}", "LANG=C.UTF-8", "COLORTERM=truecolor", "TERM=linux"}


@pytest.mark.parametrize("variables", [{"LANG": "C"}, {"LC_CTYPE": "C"}])
def test_the_locale_is_the_one_given(variables: dict[str, str]) -> None:
    with Terminal(["env"], env=variables, term="dumb") as terminal:
        terminal.wait_exit()
        assert set(terminal.text.split()) == {"TERM=dumb", *(f"{k}={v}" for k, v in variables.items())}


@needs_proc
def test_the_child_ignores_no_signal() -> None:
    with shell("grep SigIgn /proc/self/status") as terminal:
        terminal.wait_exit()
        assert int(terminal.line(0).split()[1], 16) & 0xFFFF == 0


def test_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with Terminal(["ls"], env=ENV, cwd=tmp_path) as terminal:
        terminal.wait_for("a file")


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -TERM $$", -signal.SIGTERM)])
def test_exit_status(script: str, status: int) -> None:
    with shell(script) as terminal:
        assert terminal.wait_exit() == status


def test_a_command_that_does_not_exist() -> None:
    with Terminal(["no-such-command"], env=ENV) as terminal:
        assert terminal.wait_exit() == 127
        assert terminal.line(0) == "no-such-command: No such file or directory"


def test_a_working_directory_that_does_not_exist_leaves_no_descriptor(tmp_path: Path) -> None:
    before = set(os.listdir("/dev/fd"))
    with pytest.raises(FileNotFoundError):
        Terminal(["ls"], env=ENV, cwd=tmp_path / "none")
    assert set(os.listdir("/dev/fd")) == before


def test_the_last_output_is_there_when_the_exit_is_known() -> None:
    with shell("seq 1 20000; echo the end") as terminal:
        terminal.wait_exit()
        assert terminal.find("the end") is not None
        assert terminal.raw.count(b"\r\n") == 20001


def test_signal(cat: Terminal) -> None:
    cat.type("up\n")
    cat.wait_for("up\nup")
    cat.signal(signal.SIGTERM)
    assert cat.wait_exit() == -signal.SIGTERM


@needs_proc
def test_close_kills_what_the_command_started_and_joins_the_threads() -> None:
    descriptors, threads = set(os.listdir("/dev/fd")), set(threading.enumerate())
    with shell("trap '' TERM HUP; sleep 600 & echo child $!; wait; wait") as terminal:
        terminal.wait_for(re.compile(r"child \d+"))
        child = int(terminal.line(0).split()[1])
    terminal.close()
    assert terminal.exit_status == -signal.SIGKILL
    assert set(os.listdir("/dev/fd")) == descriptors
    assert set(threading.enumerate()) <= threads
    assert has_ended(child)


def has_ended(pid: int, timeout: float = 5.0) -> bool:
    """True once a process that is nobody's child here is gone, or a zombie that nobody collects."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False


# ------------------------------------------------------------------ size, settings and modes


def test_the_window_size_and_its_change() -> None:
    with shell("trap 'stty size' WINCH; stty size; while :; do sleep 0.02; done") as terminal:
        terminal.wait_for("8 40")
        terminal.resize(100, 30)
        terminal.wait_for("30 100")
        assert (terminal.screen.columns, terminal.screen.lines) == (100, 30)


def test_termios_tells_raw_from_sane() -> None:
    with shell("stty raw -echo; echo raw; read x; stty sane; echo sane") as terminal:
        terminal.wait_for("raw")
        assert not terminal.termios_is_sane()
        terminal.send("x\n")
        assert terminal.wait_exit() == 0
        assert terminal.termios_is_sane()


def test_alternate_screen_and_sequences_pyte_does_not_know() -> None:
    with Terminal([*PYTHON, ALTERNATE_SCREEN], env=ENV, columns=40, rows=8) as terminal:
        terminal.wait_for("red")
        assert terminal.text.split() == ["red"]
        assert terminal.find("red") == Position(4, 2)
        assert terminal.cell(4, 2).fg == "red"
        assert not terminal.cell(4, 2).underscore
        assert terminal.modes == {7, 1049}
        assert terminal.kitty_depth == 1
        assert terminal.screen.title == ""
        terminal.wait_quiet(0.05)
        mark = terminal.mark()
        terminal.press("enter")
        assert terminal.wait_exit() == 0
        assert terminal.raw_since(mark).endswith(b"\x1b[?1049lafter\r\n")
        assert terminal.raw.startswith(b"before\r\n")
        assert terminal.modes == INITIAL_MODES
        assert terminal.kitty_depth == 0
        assert terminal.text.split() == ["before", "after"]
        assert terminal.rejected == []


def test_sequences_cut_anywhere_are_put_together() -> None:
    script = r"""
import os, time
for byte in "a\x1b[>25ub\x1b[<uc\x1bP1+r\x1b\\d\x1b]52;c;QQ==\x07e\x1b[1mé你f\x1b[\x1b[mg".encode():
    os.write(1, bytes([byte]))
    time.sleep(0.001)
"""
    with Terminal([*PYTHON, script], env=ENV) as terminal:
        terminal.wait_exit()
        assert terminal.line(0) == "abcdeé你fg"
        assert terminal.find("f") == Position(8, 0)
        assert terminal.find("g") == Position(9, 0)
        assert terminal.cell(5, 0).bold
        assert not terminal.cell(9, 0).bold


def test_what_pyte_rejects_is_dropped() -> None:
    with shell(r"printf 'a\033[1;2;3Ab\033[?99;1hc\342\235\244\357\270\217d\377e'") as terminal:
        terminal.wait_exit()
        assert terminal.line(0) == "abc❤d\ufffde"
        assert [sequence for sequence, _ in terminal.rejected] == [b"\x1b[1;2;3A"]


def test_half_of_a_wide_character() -> None:
    with shell(r"printf '你好x\r y'") as terminal:
        terminal.wait_exit()
        assert terminal.line(0) == " y好x"
        assert terminal.find("x") == Position(4, 0)


# ------------------------------------------------------------------ keyboard and mouse


@pytest.fixture
def bytes_shown() -> Iterator[Terminal]:
    argv = [*PYTHON, SHOW_BYTES, "\x1b[?1000h\x1b[?1006h\x1b[?2004h"]
    with Terminal(argv, env=ENV, columns=60, rows=8) as terminal:
        terminal.wait_for("ready")
        yield terminal


def test_escape_is_a_key_of_its_own(bytes_shown: Terminal) -> None:
    bytes_shown.press("escape", "a")
    bytes_shown.wait_for("1b 61 ")


def test_mouse_and_paste(bytes_shown: Terminal) -> None:
    bytes_shown.click(0, 4)
    bytes_shown.wait_for(b"\x1b[<0;1;5M\x1b[<0;1;5m".hex())
    bytes_shown.paste("two\nlines")
    bytes_shown.wait_for(lambda terminal: b"\x1b[200~two\rlines\x1b[201~".hex() in joined(terminal))


def joined(terminal: Terminal) -> str:
    return terminal.text.replace("\n", "")


def test_mouse_and_paste_where_they_are_not_asked_for(cat: Terminal) -> None:
    with pytest.raises(AssertionError, match="the mouse is off"):
        cat.click(0, 0)
    cat.paste("plain\n")
    cat.wait_for("plain\nplain")


@pytest.mark.parametrize(
    ("key", "term", "sequence"),
    [
        ("enter", "xterm", "\r"),
        ("shift+tab", "xterm", "\x1b[Z"),
        ("backspace", "xterm", "\x7f"),
        ("delete", "xterm", "\x1b[3~"),
        ("up", "xterm", "\x1b[A"),
        ("ctrl+right", "xterm", "\x1b[1;5C"),
        ("ctrl+shift+end", "xterm", "\x1b[1;6F"),
        ("shift+pageup", "xterm", "\x1b[5;2~"),
        ("home", "xterm", "\x1b[H"),
        ("home", "linux", "\x1b[1~"),
        ("f1", "xterm", "\x1bOP"),
        ("f1", "linux", "\x1b[[A"),
        ("f12", "linux", "\x1b[24~"),
        ("ctrl+q", "xterm", "\x11"),
        ("alt+x", "xterm", "\x1bx"),
        ("+", "xterm", "+"),
        ("é", "xterm", "é"),
    ],
)
def test_key_sequences(key: str, term: str, sequence: str) -> None:
    assert key_sequence(key, term) == sequence


@pytest.mark.parametrize("key", ["entr", "ctrl+é", "hyper+up", "", "shift+f1"])
def test_unknown_keys(key: str) -> None:
    with pytest.raises(ValueError, match="unknown key"):
        key_sequence(key)


# ------------------------------------------------------------------ waiting


def test_a_failed_wait_shows_the_screen(cat: Terminal) -> None:
    cat.type("something\n")
    cat.wait_for("something\nsomething")
    with pytest.raises(AssertionError) as failure:
        cat.wait_for("nothing", timeout=0.1)
    message = str(failure.value)
    assert message.startswith(
        "wait for 'nothing': not within 0.1 s\n40x8, cursor at column 0 row 2, running\n┌"
    )
    assert f"│{'something':40}│\n" in message
    assert message.count("\n") == 11


def test_a_wait_fails_at_once_when_the_command_has_ended() -> None:
    start = time.monotonic()
    with (
        shell("echo broken; exit 4") as terminal,
        pytest.raises(AssertionError, match="exited with status 4"),
    ):
        terminal.wait_for(re.compile("work(s|ed)"), timeout=60)
    assert time.monotonic() - start < 30


def test_wait_for_a_function_a_prompt_and_the_end_of_a_text(tmp_path: Path) -> None:
    with shell(f"printf 'Name: '; read x; touch {tmp_path}/done; clear; exec cat") as terminal:
        terminal.wait_for("Name: ")
        terminal.type("me\n")
        terminal.wait_gone("Name")
        terminal.wait_for(lambda _: (tmp_path / "done").exists())


def test_wait_quiet() -> None:
    with shell("for i in 1 2 3 4; do echo $i; sleep 0.05; done; echo end; exec sleep 60") as terminal:
        terminal.wait_for("1")
        terminal.wait_quiet(0.4)
        assert terminal.find("end")
        with pytest.raises(AssertionError, match="not within"):
            terminal.wait_exit(timeout=0.05)
    with shell("yes") as terminal:
        terminal.wait_for("y\ny\ny")
        with pytest.raises(AssertionError, match="still writing"):
            terminal.wait_quiet(0.2, timeout=0.3)


# ------------------------------------------------------------------ a Textual application


@pytest.mark.parametrize("term", ["xterm-256color", "linux"])
def test_a_textual_application(tmp_path: Path, term: str) -> None:
    program = tmp_path / "small.py"
    program.write_text(TEXTUAL_APP)
    with Terminal([sys.executable, str(program)], env=ENV, columns=60, rows=20, term=term) as terminal:
        terminal.wait_for("size 60 by 20")
        assert {1000, 1003, 1004, 1006, 1049} <= terminal.modes
        assert 25 not in terminal.modes
        assert not terminal.termios_is_sane()
        terminal.type("höi 你")
        terminal.wait_for("höi 你")
        terminal.press("shift+tab")
        terminal.wait_for("key shift+tab")
        terminal.press("f1")
        terminal.wait_for("key f1")
        terminal.click_text("Press me")
        terminal.wait_for("button pressed")
        terminal.resize(90, 25)
        terminal.wait_for("size 90 by 25")
        position = terminal.find("Press me")
        assert position is not None
        terminal.press("f2")
        assert terminal.wait_exit() == 3
        assert terminal.modes == INITIAL_MODES
        assert terminal.kitty_depth == 0
        assert terminal.termios_is_sane()
        assert terminal.text.strip() == ""
        assert terminal.rejected == []

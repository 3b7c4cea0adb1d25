"""What is started warm is as if it had been begun from nothing."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

from tests.terminal.pty_terminal import Terminal

ENV = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "Asia/Tokyo", "ONLY": "this"}
LOOK = """
import json, os, sys, time
print(json.dumps({
    "argv": sys.argv, "env": dict(os.environ), "zone": time.tzname[0], "cwd": os.getcwd(),
    "alone": os.getpid() == os.getsid(0) == os.tcgetpgrp(0), "open": len(os.listdir("/proc/self/fd")),
    "terminal": [each.isatty() for each in (sys.__stdin__, sys.stdout, sys.__stderr__)],
    "textual": "textual" in sys.modules,
}))
sys.exit(7)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="looks at open files in /proc")
def test_it_sees_what_one_begun_from_nothing_sees() -> None:
    seen = [look(warm) for warm in (False, True)]
    assert seen[0] == seen[1]
    assert seen[1]["argv"] == ["-c", "a", "b"]
    assert seen[1]["env"] == ENV | {"TERM": "vt220"}


def look(warm: bool) -> dict[str, object]:
    command = [sys.executable, "-c", LOOK, "a", "b"]
    with Terminal(command, env=ENV, columns=500, term="vt220", cwd="/", warm=warm) as terminal:
        assert terminal.wait_exit() == 7
        found: dict[str, object] = json.loads(terminal.line(0))
        return found


def test_a_signal_ends_it_and_is_told() -> None:
    command = [sys.executable, "-c", "import time; print('here'); time.sleep(60)"]
    with Terminal(command, env=ENV, warm=True) as terminal:
        terminal.wait_for("here")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_what_it_fails_of_is_shown() -> None:
    with Terminal([sys.executable, "-c", "1 / 0"], env=ENV, warm=True) as terminal:
        assert terminal.wait_exit() == 1
        assert "ZeroDivisionError" in terminal.text

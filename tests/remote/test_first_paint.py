"""The login dialog is painted before anything of the network, the server or the database is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.terminal.desk import Desk, environment
from tests.terminal.pty_terminal import Terminal

# The real command line on a real terminal. Whatever is written goes through App._display; what is loaded
# when the first screen of ours is about to be written is what the person had to wait for.
WATCH = """
import json, sys
from pathlib import Path

from textual.css.stylesheet import Stylesheet

from vestibule import app
from vestibule.cli import run

display, reparse = app.VestibuleApp._display, Stylesheet.reparse
seen, parsed = Path(sys.argv[1]), []

def counted(self):
    parsed.append(self)
    reparse(self)

Stylesheet.reparse = counted

def watched(self, screen, renderable):
    display(self, screen, renderable)
    if type(screen).__name__ == "Login" and screen.is_mounted and renderable and not seen.exists():
        seen.write_text(json.dumps([sorted(sys.modules), len(parsed)]))

app.VestibuleApp._display = watched
sys.exit(run(sys.argv[2:]))
"""
LATER = ("httpx", "starlette", "sqlalchemy", "uvicorn", "alembic", "argon2", "cryptography")
LATER_TOO = ("argparse", "gettext", "hashlib", "zoneinfo", "tomllib")
"""Of the standard library, some milliseconds each."""
LATER_OF_OURS = ("vestibule.server", "vestibule.access", "vestibule.store", "vestibule.remote.embedded")


def test_the_first_paint_needs_no_server(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.set_up()
    program, seen = tmp_path / "watch.py", tmp_path / "modules"
    program.write_text(WATCH)
    argv = [sys.executable, str(program), str(seen)]
    with Terminal(argv, env=environment(tmp_path / "admin")) as terminal:
        terminal.wait_for("Username")
        terminal.wait_for(lambda _: seen.exists())
        terminal.wait_for("Haus Lindenhof")  # and it goes on: the server is embedded after that
    modules, parsed = json.loads(seen.read_text())
    loaded = set(modules)
    assert "vestibule.screens.login" in loaded
    assert parsed == 0, "for a mode's first screen Textual parses all styles anew"
    assert not loaded.intersection(LATER_TOO)
    assert not [name for name in sorted(loaded) if name.startswith((*LATER, *LATER_OF_OURS))]


def test_importing_the_app_needs_no_server() -> None:
    program = (
        "import json, sys, vestibule.app, vestibule.screens.login; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not [name for name in json.loads(done.stdout) if name.startswith((*LATER, *LATER_OF_OURS))]

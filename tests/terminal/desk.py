"""A site on real processes for end-to-end tests: served, and looked at on a pty."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cli.shell import Shell
from tests.sites import PASSWORD, SITE, new_site
from tests.terminal.pty_terminal import Terminal
from tests.warm import VESTIBULE, Started, start

ADMIN = "admin"
"""The home on the machine that has the site."""


def environment(home: Path) -> dict[str, str]:
    """All that a vestibule knows of its surroundings: one folder is everything it may touch."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Zurich",
        "COLORTERM": "truecolor",
        "HOME": str(home),
        "TMPDIR": str(home.parent),
        "VESTIBULE_HOME": str(home),
    }


class Desk:
    """The machine with the site, and other people's machines: each is a home, a folder of its own."""

    def __init__(self, root: Path, warm: bool = True) -> None:
        """``warm``: how terminals are started (see ``tests.warm``)."""
        self.root = root
        self.warm = warm
        self._shell = Shell(root / ADMIN)
        self.password_file = self._shell.password_file
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self._server: Started | None = None

    # ------------------------------------------------------------------ the command line

    def run(self, *arguments: str, home: str = ADMIN) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        env = environment(self.root / home)
        return subprocess.run(
            [*VESTIBULE, *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def json(self, *arguments: str) -> Any:
        """What one command of the machine with the site prints; it must succeed."""
        return self._shell.json(*arguments)

    def set_up(self) -> None:
        """Make the site."""
        new_site(self.root / ADMIN)

    def add(self, name: str, *options: str) -> str:
        """Add a client; its code."""
        code = self.json("clients", "add", name, *options)["code"]["code"]
        assert isinstance(code, str)
        return code

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The site's database, for what only time could do."""
        path = self.root / ADMIN / "state" / "site.db"
        with closing(sqlite3.connect(path, timeout=5)) as connection, connection:
            yield connection

    def forgive(self) -> None:
        """Forget the wrong attempts: all tests come from one address."""
        with self.database() as connection:
            connection.execute("DELETE FROM throttle")

    # ------------------------------------------------------------------ the server

    def serve(self) -> None:
        """Start the server and wait until it answers."""
        assert self._server is None
        with open(os.devnull) as nothing:
            files = nothing.fileno(), 1, 2
            command = [*VESTIBULE, "serve", "--port", str(self.port)]
            self._server = start(command, environment(self.root / ADMIN), files)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self._server.poll() is None, "the server has ended"
            try:
                httpx.get(f"{self.address}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill_server(self) -> None:
        """End it as a power cut would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    # ------------------------------------------------------------------ the screens

    def terminal(self, home: str, *arguments: str, columns: int = 100, rows: int = 30) -> Terminal:
        """Vestibule in a terminal of its own."""
        env = environment(self.root / home)
        return Terminal([*VESTIBULE, *arguments], env=env, columns=columns, rows=rows, warm=self.warm)

    @contextmanager
    def admin(self) -> Iterator[Terminal]:
        """The service account before its clients, on the machine with the site."""
        with self.terminal(ADMIN) as terminal:
            terminal.wait_for("Username")
            fill(terminal, ("Username", "service"), ("Password", PASSWORD))
            terminal.press("enter")
            terminal.wait_for(re.compile(r"Clients \d+ by state"))
            yield terminal

    @contextmanager
    def guest(self, home: str) -> Iterator[Terminal]:
        """Somebody elsewhere before the login dialog's view for codes."""
        with self.terminal(home, "--site", self.address) as terminal:
            terminal.wait_for(SITE)
            terminal.press("ctrl+t")
            terminal.wait_for("One-time code")
            yield terminal


def has_focus(label: str) -> Callable[[Terminal], bool]:
    """True once the field with this label has the focus: its label is bold then."""

    def met(terminal: Terminal) -> bool:
        position = terminal.find(f"{label}  ")
        return position is not None and bool(terminal.cell(*position).bold)

    return met


def fill(terminal: Terminal, *fields: tuple[str, str]) -> None:
    """Type into one field after another, Enter between them, as somebody who looks where the cursor is."""
    for number, (label, text) in enumerate(fields):
        if number:
            terminal.press("enter")
        terminal.wait_for(has_focus(label))
        terminal.type(text)


def retype(terminal: Terminal, text: str) -> None:
    """Type over what is in the field with the focus."""
    terminal.press("end", "ctrl+u")
    terminal.wait_quiet(0.1)
    terminal.type(text)

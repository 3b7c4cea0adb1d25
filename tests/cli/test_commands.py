"""The command line as a script uses it: real processes, a real server on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PASSWORD = "correct horse battery staple"


class Shell:
    """Runs ``vestibule`` in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.environ = {**os.environ, "VESTIBULE_HOME": str(home / "home"), "LANG": "C.UTF-8"}
        self.password_file = home / "password"
        self.password_file.write_text(PASSWORD + "\n")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "vestibule", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), env=self.environ, capture_output=True, text=True)

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.json("setup", "--site-name", "Haus Lindenhof", "--service-password-file", str(shell.password_file))
    return shell


@pytest.fixture
def address(shell: Shell) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(shell.command("serve", "--port", str(port)), env=shell.environ)
    url = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            httpx.get(f"{url}/healthz")
            break
        except httpx.ConnectError:
            time.sleep(0.1)
    yield url
    server.terminate()
    assert server.wait(5) is not None


def test_a_code_made_here_is_spent_once_at_the_served_site(shell: Shell, address: str) -> None:
    added = shell.json("clients", "add", "Room 12", "--external")
    assert added["label"] == added["code"]["code"]
    body = {"mode": "otp", "code": added["code"]["code"].lower(), "name": "Anna Rossi", "device": "pc"}
    assert httpx.post(f"{address}/v1/sessions", json=body).status_code == 201
    assert httpx.post(f"{address}/v1/sessions", json=body).json()["code"] == "code_used"
    assert shell.json("clients", "show", added["id"])["label"] == "Anna Rossi"
    assert shell.json("audit", "verify")["ok"]


def test_setting_up_again_is_a_conflict(shell: Shell) -> None:
    arguments = ("setup", "--site-name", "X", "--service-password-file", str(shell.password_file))
    assert shell.run(*arguments).returncode == 5


def test_codes_are_issued_shown_and_revoked(shell: Shell) -> None:
    shell.json("clients", "add", "Room 12")
    issued = shell.json("code", "issue", "Room 12")
    assert shell.json("code", "show", "Room 12") == issued
    shell.json("code", "revoke", "Room 12")
    assert shell.run("code", "show", "Room 12").returncode == 3


def test_somebody_unknown_is_not_found(shell: Shell) -> None:
    assert shell.run("clients", "show", "nobody").returncode == 3


def test_hostile_text_already_in_the_database_reaches_no_terminal(shell: Shell) -> None:
    import sqlite3

    shell.json("clients", "add", "Room 12")
    hostile = "x\x1b]0;PWNED\x07\x9b31m\u202e\x00"
    database = Path(shell.environ["VESTIBULE_HOME"]) / "state" / "site.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE client SET profile = ?, name = ?", (hostile, hostile))
    connection.close()
    printed = shell.run("clients", "list").stdout
    assert "PWNED" in printed
    assert not set(printed) & set("\x1b\x07\x9b\u202e\x00")

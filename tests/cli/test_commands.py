"""The command line as a script uses it, with a real server on loopback."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import Shell


@pytest.fixture
def address(shell: Shell) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(shell.command("serve", "--port", str(port)), env=shell.environ)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while not _answers(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield url
    server.terminate()
    assert server.wait(20) is not None


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz")
    except httpx.ConnectError:
        return False
    return True


def test_a_code_made_here_is_spent_once_at_the_served_site(shell: Shell, address: str) -> None:
    added = shell.json("clients", "add", "Room 12", "--external")
    assert added["label"] == added["code"]["code"]
    body = {"mode": "otp", "code": added["code"]["code"].lower(), "name": "Anna Rossi", "device": "pc"}
    assert httpx.post(f"{address}/v1/sessions", json=body).status_code == 201
    assert httpx.post(f"{address}/v1/sessions", json=body).json()["code"] == "code_used"
    assert shell.json("clients", "show", added["id"])["label"] == "Anna Rossi"
    assert shell.json("audit", "verify")["ok"]


def test_a_site_is_set_up_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    arguments = ("setup", "--site-name", "Haus", "--service-password-file", str(shell.password_file))
    assert shell.process(*arguments).returncode == 0
    assert shell.json("system", "show")["settings"]["system_name"] == "Haus"
    assert shell.run(*arguments).returncode == 5


def test_codes_are_issued_shown_and_revoked(shell: Shell) -> None:
    shell.json("clients", "add", "Room 12")
    issued = shell.json("code", "issue", "Room 12")
    assert shell.json("code", "show", "Room 12") == issued
    shell.json("code", "revoke", "Room 12")
    assert shell.run("code", "show", "Room 12").returncode == 3


def test_somebody_unknown_is_not_found(shell: Shell) -> None:
    assert shell.process("clients", "show", "nobody").returncode == 3


def test_hostile_text_already_in_the_database_reaches_no_terminal(shell: Shell) -> None:
    shell.json("clients", "add", "Room 12")
    hostile = "x\x1b]0;PWNED\x07\x9b31m\u202e\x00"
    with closing(sqlite3.connect(shell.home / "state" / "site.db")) as database, database:
        database.execute("UPDATE client SET profile = ?, name = ?", (hostile, hostile))
    printed = shell.process("clients", "list").stdout
    assert "PWNED" in printed
    assert not set(printed) & set("\x1b\x07\x9b\u202e\x00")

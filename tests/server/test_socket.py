"""A unix socket for its owner only, and a server whose disk is full behind it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from tests.server.served import SERVICE, Served, sample, until
from vestibule.server.opening import CannotOpen, opened
from vestibule.server.serve_settings import ServeSettings

TERMINALS = 200


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "run" / "vestibule.sock"


def client(at: Path) -> httpx.Client:
    return httpx.Client(base_url="http://site", transport=httpx.HTTPTransport(uds=str(at)), timeout=20)


def test_a_socket_is_its_owners_replaces_a_dead_one_and_nothing_else(tmp_path: Path, at: Path) -> None:
    wanted = ServeSettings(socket=at)
    before = os.umask(0)
    try:
        first = opened(wanted, {}, tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(at.stat().st_mode) == 0o600
    assert stat.S_IMODE(at.parent.stat().st_mode) == 0o700
    with pytest.raises(CannotOpen, match="perhaps another server"):
        opened(wanted, {}, tmp_path)
    first.socket.close()  # as a crash does: the file stays
    second = opened(wanted, {}, tmp_path)
    first.close()
    assert at.exists(), "the file of another one is left alone"
    second.socket.close()
    second.close()
    assert not at.exists()
    at.write_text("a letter")
    with pytest.raises(CannotOpen):
        opened(wanted, {}, tmp_path)
    assert at.read_text() == "a letter"


def test_with_a_full_disk_nobody_signs_in_and_everybody_reads(tmp_path: Path, at: Path) -> None:
    home = tmp_path / "home"
    with Served(home, "--socket", str(at), "--log", "json") as served, client(at) as here:
        served.wait_for("READY=1")
        token = here.post("/v1/sessions", json=SERVICE).json()["token"]
        here.headers["Authorization"] = f"Bearer {token}"
        code = here.post("/v1/clients", json={"profile": "Room 12"}).json()["code"]["code"]
        otp = {"mode": "otp", "code": code, "name": "Anna Rossi", "device": "pc"}
        rows = _rows(home)
        full = 32 * 1024  # more than the log needs, and less than the database has
        assert (home / "state" / "site.db-wal").stat().st_size > full
        served.largest_file(full)
        for body in (SERVICE, otp):
            refused = here.post("/v1/sessions", json=body)
            assert (refused.status_code, refused.json()["code"]) == (503, "disk_full")
        assert here.get("/v1/clients").json()["total"] == 2
        assert here.get("/healthz").json() == {"status": "ok"}
        assert _rows(home) == rows, "nothing is half-written"
        served.largest_file(2**30)
        assert here.post("/v1/sessions", json=otp).status_code == 201
        _stop_while_many_wait(served, here, at)
        assert not at.exists()
    assert "store: disk_full" in {line["event"] for line in served.logged()}


def _rows(home: Path) -> list[int]:
    with closing(sqlite3.connect(home / "state" / "site.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counts = "SELECT count(*) FROM session UNION ALL SELECT count(*) FROM audit"
        return [row[0] for row in database.execute(counts + " UNION ALL SELECT sum(failures) FROM throttle")]


def _stop_while_many_wait(served: Served, here: httpx.Client, at: Path) -> None:
    last, token = here.get("/v1/events").json()["last"], here.headers["Authorization"]
    asking = f"GET /v1/events?after={last}&wait=25 HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"
    with ExitStack() as lines:
        terminals = [lines.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(TERMINALS)]
        for terminal in terminals:
            terminal.settimeout(20)
            terminal.connect(str(at))
            terminal.sendall(asking.encode())
        until(lambda: sample(here, "vestibule_long_polls") == TERMINALS)
        assert here.get("/v1/server").status_code == 200
        assert served.stop(signal.SIGINT) < 3
        answers = {terminal.recv(1000).partition(b"\r\n")[0] for terminal in terminals}
    assert answers == {b"HTTP/1.1 200 OK"}

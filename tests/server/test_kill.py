"""A server killed in the middle of a redeem leaves the code used, with its audit row, or unused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from sqlalchemy import select

from tests.sites import new_site
from vestibule.access import audit, clients
from vestibule.access.principal import console
from vestibule.models import ClientNew
from vestibule.store import schema
from vestibule.store.engine import open_store

KILLER = Path(__file__).with_name("kill_at.py")


def test_killed_at_each_statement_the_code_is_used_and_audited_or_unused(tmp_path: Path) -> None:
    state = new_site(tmp_path / "home").state
    fates: list[bool] = []
    command = [sys.executable, str(KILLER), str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        for statement in range(1, 100):
            client_id, code = _add(state)
            lived = _redeem_at(servers, statement, code)
            used = _is_used(state, client_id)
            fates.append(used)
            if lived:
                assert used
                break
        else:
            raise AssertionError("the redeem never ended")
        assert servers.stdin is not None
        servers.stdin.close()
    assert len(fates) > 8, "it was killed at hardly any statement"
    assert fates == sorted(fates), "once used, a code stays used"


def _redeem_at(servers: subprocess.Popen[str], statement: int, code: str) -> bool:
    """Redeem at a server that dies before ``statement``; whether it answered after all."""
    assert servers.stdin is not None
    assert servers.stdout is not None
    servers.stdin.write(f"{statement}\n")
    servers.stdin.flush()
    pid, port = map(int, servers.stdout.readline().split())
    body = {"mode": "otp", "code": code, "name": "Anna Rossi", "device": "pc"}
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/sessions", json=body, timeout=20)
    except httpx.TransportError:
        return False
    assert answer.status_code == 201, answer.text
    os.kill(pid, signal.SIGKILL)
    return True


def _add(state: Path) -> tuple[str, str]:
    store = open_store(state)
    with store.write() as tx:
        tx.connection.execute(schema.throttle.delete())  # attempts that died count, and would have to wait
        added = clients.add(tx, console(), ClientNew(), "https://gateway")
    store.close()
    assert added.code is not None
    return added.id, added.code.code


def _is_used(state: Path, client_id: str) -> bool:
    """Whether the code is used; fails unless the audit says the same and is whole."""
    store = open_store(state)
    with store.read() as tx:
        used = tx.connection.execute(
            select(schema.code.c.used_at).where(schema.code.c.client_id == client_id)
        ).scalar_one()
        logins = tx.connection.execute(
            select(schema.audit.c.seq).where(
                schema.audit.c.subject == client_id, schema.audit.c.action == "session.opened"
            )
        ).all()
        assert audit.verify(tx).ok
        assert (used is not None) == (len(logins) == 1)
    store.close()
    return used is not None

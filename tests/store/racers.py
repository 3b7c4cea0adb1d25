"""Four processes with sixteen threads each that want the same thing at the same moment.

``python -m tests.store.racers`` reads one task per line, as JSON, and answers with what became of each of
the 64 tries.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.access.people import stranger
from vestibule.access import (
    challenges,
    clients,
    codes,
    factors,
    limits,
    outbox,
    project,
    sessions,
    signed_in,
    signin,
    sms_codes,
    standing,
)
from vestibule.access.host_settings import load_host_settings
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import Database
from vestibule.device_models import LimitsChange
from vestibule.models import ClientFields, ClientNew, SystemChange
from vestibule.store.engine import Store, make_engine, open_store, upgrade
from vestibule.store.errors import StoreError
from vestibule.store.schema import session
from vestibule.two_factor_models import Method, SmsPurpose

PROCESSES, THREADS = 4, 16
DONE = "done"
_start: Barrier


def redeem(store: Store, number: int, code: str) -> None:
    """Spend a one-time code, each from a place of its own."""
    signin.by_code(store, stranger(f"192.0.2.{number}"), code, "Anna", "pc")


def guess(store: Store, number: int) -> None:
    """Try a code that does not exist, all from one place."""
    signin.by_code(store, stranger("203.0.113.1"), "0000-0000-0000", "Anna", "pc")


def answer(store: Store, number: int, method: str, typed: str, tokens: list[str]) -> None:
    """Finish a login with the same code as all others; four want the same login."""
    challenges.answer(store, None, stranger("192.0.2.1"), tokens[number % len(tokens)], Method(method), typed)


def spend_sms(store: Store, number: int, owner: str, code: str) -> None:
    """Spend a code that was sent."""
    with store.write() as tx:
        sms_codes.spend(tx, owner, code)


def queue_sms(store: Store, number: int, config: str) -> None:
    """Send a text message, of which the site pays for a few."""
    gateway = load_host_settings(Path(config)).gateway
    with store.write() as tx:
        outbox.queue(tx, gateway, "+41791234567", SmsPurpose.TEST, "Hello", 600)


def upload(store: Store, number: int, expected: int) -> None:
    """Make the next version."""
    change = SystemChange({"location": f"Room {number}"}, "race")
    project.upload(store, console(), expected, change, store.state / "packages", lambda tx, version: None)


def live(store: Store, number: int, seed: int, ids: list[str], acts: int) -> None:
    """Anything that happens to a few clients, in any order: nobody may wait in a circle."""
    chance = random.Random(seed * 1000 + number)
    for _ in range(acts):
        act = chance.choice(_LIFE)
        with suppress(Refused):
            act(store, chance.choice(ids), chance)


def _edit(store: Store, client_id: str, chance: random.Random) -> None:
    fields = ClientFields(enabled=chance.random() < 0.8, note=f"note {chance.random()}")
    with store.write() as tx:
        clients.edit(tx, console(), client_id, fields, "")


def _issue_and_redeem(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        codes.issue(tx, console(), client_id, 120)
    with store.read() as tx:
        code = clients.get(tx, client_id, "").code
    if code is not None:
        opened = signin.by_code(store, stranger(f"192.0.2.{chance.randrange(99)}"), code.code, "Anna", "pc")
        assert isinstance(opened, sessions.Opened)
        with suppress(Refused):
            signin.by_device(store, stranger("192.0.2.1"), str(opened.device_token))


def _revoke(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        codes.revoke(tx, console(), client_id)


def _reset(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        factors.reset(tx, None, console(), client_id)


def _begin_and_give_up(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        row = clients.hold(tx, client_id)
        token = challenges.begin(tx, row, "password", stranger(f"192.0.2.{chance.randrange(3)}")).token
    challenges.answer(store, None, stranger("192.0.2.1"), token, Method.APP, "123456")


def _end_everything(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        signed_in.end_all(tx, console(), client_id)


def _use(store: Store, client_id: str, chance: random.Random) -> None:
    mine = select(session.c.id).where(session.c.client_id == client_id).limit(1)
    with store.read() as tx:
        session_id = tx.connection.execute(mine).scalar()
    with store.write() as tx:
        sessions.used(tx, str(session_id), tx.now + 1)


def _limit(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        limits.change(tx, console(), LimitsChange(session_hours=chance.randint(1, 20)))


def _replace(store: Store, client_id: str, chance: random.Random) -> None:
    """A client comes and goes with all it has."""
    with store.write() as tx:
        added = clients.add(tx, console(), ClientNew(name="Guest"), "")
    assert added.code is not None
    with suppress(Refused):
        signin.by_code(store, stranger(f"192.0.2.{chance.randrange(99)}"), added.code.code, "Guest", "pc")
    with store.write() as tx:
        clients.remove(tx, console(), added.id)


def _sweep(store: Store, client_id: str, chance: random.Random) -> None:
    with store.write() as tx:
        standing.sweep(tx)
    with store.write() as tx:
        challenges.sweep(tx, None)


_LIFE = (
    *(_edit, _issue_and_redeem, _revoke, _reset, _begin_and_give_up),
    *(_end_everything, _use, _limit, _replace, _sweep),
)
_TASKS: dict[str, Callable[..., None]] = {
    task.__name__: task for task in (redeem, guess, answer, spend_sms, queue_sms, upload, live)
}


def _run(number: int, place: tuple[str, str], name: str, arguments: dict[str, Any]) -> list[str]:
    """In one of the processes: all its threads at once, when the others are ready too."""
    store = open_store(Path(place[0]), Database(place[1]))

    def one(thread: int) -> str:
        try:
            _TASKS[name](store, number * THREADS + thread, **arguments)
        except Refused as refused:
            return refused.code
        except StoreError as error:
            return error.code
        return DONE

    with ThreadPoolExecutor(THREADS) as threads:
        _start.wait(30)
        found = list(threads.map(one, range(THREADS)))
    store.close()
    return found


def _migrate(number: int, place: tuple[str, str], name: str, arguments: dict[str, Any]) -> list[str]:
    """In one of the processes: make the tables."""
    engine = make_engine(Path(place[0]), Database(place[1]))
    _start.wait(30)
    upgrade(engine)
    engine.dispose()
    return [DONE]


def main() -> None:
    """One line in, one line out. Nothing is open yet when the processes are forked."""
    global _start
    context = multiprocessing.get_context("fork")
    _start = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES) as pool:
        for line in sys.stdin:
            place, name, arguments = json.loads(line)
            tries = [(number, place, name, arguments) for number in range(PROCESSES)]
            found = pool.starmap(_migrate if name == "migrate" else _run, tries, chunksize=1)
            print(json.dumps([fate for one in found for fate in one]), flush=True)


if __name__ == "__main__":
    main()

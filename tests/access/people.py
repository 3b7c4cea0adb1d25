"""A client with a password, its phone, and a clock that the test moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyotp
from sqlalchemy import update

from tests.sites import cheap_hash
from vestibule.access import challenges, clients, factors, policy, sessions, signin
from vestibule.access.host_settings import load_host_settings
from vestibule.access.outbox import Gateway
from vestibule.access.outbox_runner import OutboxRunner
from vestibule.access.principal import Principal, anonymous, console
from vestibule.models import ClientNew, FactorKind, Kind
from vestibule.models import Path as Way
from vestibule.store.clock import Clock, wall_time
from vestibule.store.engine import Store
from vestibule.store.schema import client
from vestibule.two_factor_models import Method, PolicyChange

PASSWORD = "a blue door behind the stairs"
SOURCE = "192.0.2.7"
STEP = 30_000


@cache
def _hash() -> str:
    return cheap_hash(PASSWORD)


def stranger(source: str = SOURCE, path: Way = Way.LOCAL) -> Principal:
    """Somebody who has not signed in."""
    return anonymous(source, path)


class Time:
    """The wall clock of a store; it begins at the start of a TOTP step."""

    def __init__(self, store: Store) -> None:
        self.now = (wall_time() // STEP + 1) * STEP
        store.clock = Clock(lambda: self.now)

    def forward(self, milliseconds: int) -> None:
        self.now += milliseconds


@dataclass
class Person:
    """Somebody with a username and a password; after :meth:`enrol` with an app too."""

    store: Store
    time: Time
    client_id: str
    username: str
    secret: str = ""
    recovery_code: str = ""
    opened: sessions.Opened | None = field(default=None)

    def sign_in(self, source: str = SOURCE) -> sessions.Opened | challenges.Begun:
        return signin.by_password(self.store, stranger(source), self.username, PASSWORD, None)

    def session(self) -> sessions.Opened:
        opened = self.sign_in()
        assert isinstance(opened, sessions.Opened)
        return opened

    def begun(self, source: str = SOURCE) -> str:
        """The token of a login that waits for its second factor."""
        with self.store.write() as tx:
            row = clients.find(tx, self.client_id)
            return challenges.begin(tx, row, "password", stranger(source)).token

    def who(self, opened: sessions.Opened) -> Principal:
        with self.store.read() as tx:
            return sessions.recognised(tx, opened.token, stranger())

    def code(self, steps: int = 0) -> str:
        """What the app shows ``steps`` steps from now."""
        return pyotp.TOTP(self.secret).generate_otp(self.time.now // STEP + steps)

    def enrol(self) -> None:
        """Set an app up; its code of now is spent by that."""
        who = self.who(self.session())
        with self.store.write() as tx:
            self.secret = factors.begin_app(tx, who).secret
        self.opened, recovery = factors.confirm(self.store, None, who, FactorKind.APP, self.code())
        self.recovery_code = recovery or ""
        self.time.forward(STEP)

    def answer(
        self, typed: str, method: Method = Method.APP, token: str = "", source: str = SOURCE
    ) -> sessions.Opened:
        who = stranger(source)
        return challenges.answer(self.store, None, who, token or self.begun(source), method, typed)


class Phone:
    """The receiving end: the messages that the gateway has carried."""

    def __init__(self, store: Store, folder: Path, rules: str = "") -> None:
        self.file = folder / "messages"
        config = folder / "config.toml"
        config.write_text(f'[sms]\nkind = "file"\npath = "{self.file}"\n{rules}')
        config.chmod(0o600)
        host = load_host_settings(folder)
        assert host.gateway is not None, host.gateway_trouble
        self.gateway: Gateway = host.gateway
        self._runner = OutboxRunner(store, self.gateway, lambda: None)
        with store.write() as tx:
            policy.change(tx, console(), PolicyChange(sms_enabled=True), gateway=True)

    def received(self) -> list[dict[str, str]]:
        """All messages so far, after the outbox has done what is due."""
        self._runner.carry_due(self.gateway)
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [json.loads(line) for line in lines]

    def code(self) -> str:
        """The code in the newest message."""
        return self.received()[-1]["text"][:6]


def person(store: Store, time: Time, username: str = "anna", kind: Kind = Kind.INTERNAL) -> Person:
    """Somebody new."""
    fields = ClientNew(name=username.title(), username=username, kind=kind, code_minutes=0)
    with store.write() as tx:
        added = clients.add(tx, console(), fields, "")
        right = client.c.id == added.id
        tx.connection.execute(update(client).where(right).values(password_hash=_hash()))
    return Person(store, time, added.id, username)

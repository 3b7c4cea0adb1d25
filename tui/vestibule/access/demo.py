"""A believable site to look around in: weeks of visits, and somebody in every state.

Everything goes through the rules at a moment of the past, so that the audit tells what happened
and verifies.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyotp

from vestibule.access import challenges, clients, codes, factors, own, sessions, signin, site, standing
from vestibule.access.principal import Principal, anonymous, console
from vestibule.access.refused import Refused
from vestibule.models import ClientFields, ClientNew, FactorKind, Kind
from vestibule.models import Path as ByPath
from vestibule.store.clock import MINUTE, SECOND, Clock, site_zone, to_datetime, to_moment, wall_time
from vestibule.store.engine import Store, open_store
from vestibule.two_factor_models import Method

_OPENED = (41, "09:12")
_DESK = "192.168.1.20"
_EXTERNAL = Kind.EXTERNAL
_WEEK = 7 * 24 * 60
When = tuple[int, str] | int
"""Days ago and the time of that day (before 19:00), or minutes ago (at most five hours)."""


def create(state: Path, name: str, password: str, language: str) -> None:
    """Set a site up in ``state`` that has a past, and clients in every state.

    ``password`` is that of the service account and of ``anna.rossi``. Raises like ``site.create``.
    """
    story = _Story()
    site.create(state, name, password, language, Clock(lambda: story.moment(_OPENED)))
    store = story.store = open_store(state)
    try:
        store.clock = Clock(lambda: story.clock)
        _staff(story, password)
        _guests(story)
        _waiting(story)
        story.tell()
        store.clock = Clock()
        _sweep(store)
    finally:
        store.close()


@dataclass
class _Person:
    """Somebody in the story; what is empty at first is what later steps need of earlier ones."""

    fields: ClientNew
    name: str = ""
    device: str = ""
    source: str = _DESK
    id: str = ""
    code: str = ""
    device_token: str = ""
    app: pyotp.TOTP | None = None
    """Their authenticator app, once it is set up."""

    @property
    def there(self) -> Principal:
        """Where they are, in the building."""
        return anonymous(self.source, ByPath.LOCAL)


class _Story:
    """Steps planned in any order and told in the order of time."""

    store: Store

    def __init__(self) -> None:
        self.clock = 0
        self.desk = console()
        """Who hands out codes: the console until there is a receptionist."""
        self._now = wall_time()
        self._steps: list[tuple[int, Callable[[], Any]]] = []

    def moment(self, when: When) -> int:
        """``when`` on the store's clock."""
        if isinstance(when, int):
            return self._now - when * MINUTE
        days, clock = when
        return to_moment(datetime.combine(self._day(-days), time.fromisoformat(clock), site_zone()))

    def on(self, days: int) -> str:
        """The date ``days`` from today, as an admin types it."""
        return self._day(days).isoformat()

    def weekday(self, days: int) -> int:
        """The ISO weekday ``days`` from today."""
        return self._day(days).isoweekday()

    def _day(self, days: int) -> date:
        return to_datetime(self._now).astimezone(site_zone()).date() + timedelta(days=days)

    def plan(self, when: When, step: Callable[..., Any], *arguments: Any) -> None:
        """``step`` of the story happens at ``when``."""
        self._steps.append((self.moment(when), partial(step, self, *arguments)))

    def visits(self, person: _Person, *logins: When) -> None:
        """``person`` signs in by code first and by the remembered device from then on."""
        first, *later = logins
        self.plan(first, _first_login, person)
        for when in later:
            self.plan(when, _comes_back, person)

    def tell(self) -> None:
        """Do all steps, oldest first."""
        for moment, step in sorted(self._steps, key=lambda planned: planned[0]):
            self.clock = moment
            step()


def _staff(story: _Story, password: str) -> None:
    anna = _Person(
        ClientNew(name="Anna Rossi", username="anna.rossi", profile="Reception", admin=True, language="en"),
        "Anna Rossi",
        "reception-pc",
    )
    story.plan((41, "09:20"), _add, anna)
    story.plan((41, "09:31"), _takes_the_desk, anna, password)
    for when in ((33, "08:02"), (26, "07:58"), (12, "08:05"), (5, "08:01"), 50):
        story.plan(when, _comes_back, anna)
    story.plan((1, "07:59"), _signs_in_by_password, anna, password)
    marc = _Person(
        ClientNew(name="Marc Dubois", profile="Heating", language="fr", phone="+41 79 555 01 44"),
        "Marc Dubois",
        "marc-phone",
        "192.168.1.57",
    )
    story.plan((38, "10:00"), _add, marc)
    story.visits(marc, (38, "10:06"), (30, "13:20"), (16, "09:41"), (2, "14:12"))
    story.plan((30, "13:24"), _sets_an_app_up, marc)
    story.plan((1, "11:05"), _edit, marc, ClientFields(require_two_factors=True))
    bruno = _Person(
        ClientNew(name="Bruno Keller", profile="Garage", language="de"),
        "Bruno Keller",
        "garage-tablet",
        "192.168.1.63",
    )
    story.plan((36, "15:40"), _add, bruno)
    story.visits(bruno, (36, "15:52"), (29, "07:12"), (15, "07:20"), (8, "07:05"), (5, "07:31"))
    gone = ClientFields(enabled=False, note="Left the company. Keys returned.")
    story.plan((6, "17:02"), _edit, bruno, gone)


def _guests(story: _Story) -> None:
    def guest(name: str, profile: str, device: str, address: int, until: int, **more: Any) -> _Person:
        ends = story.on(until)
        fields = ClientNew(profile=profile, kind=_EXTERNAL, valid_until=ends, cloud_access=False, **more)
        return _Person(fields, name, device, f"192.168.20.{address}")

    jose = guest("José Núñez", "Room 7", "Pixel 9", 31, until=0)
    story.plan((4, "14:10"), _add, jose)
    story.visits(jose, (4, "15:22"), (2, "09:48"), 95)
    wei = guest("陈伟", "Room 21", "Huawei P60", 34, until=5, phone="+86 139 5550 0121")
    story.plan((3, "11:30"), _add, wei)
    story.visits(wei, (3, "13:04"), (1, "17:45"))
    piotr = guest("Piotr Łukasiewicz", "Room 9", "iPhone", 28, until=-3)
    story.plan((8, "12:15"), _add, piotr)
    story.visits(piotr, (8, "13:40"), (6, "18:20"), (4, "10:15"))
    story.plan((2, "00:01"), _time_passes)
    claire = guest("Claire Fontaine", "Room 3", "MacBook", 22, until=-21, language="fr")
    story.plan((26, "10:30"), _add, claire)
    story.visits(claire, (26, "11:58"), (23, "09:10"))
    story.plan((20, "00:01"), _time_passes)
    again = ClientFields(valid_from=story.on(6), valid_until=story.on(9), note="Comes again, same room.")
    story.plan((1, "15:10"), _edit, claire, again)
    _lift_company(story)


def _lift_company(story: _Story) -> None:
    """On two mornings a week, never today or tomorrow: whenever the demo runs, it is out of hours."""
    fields = ClientNew(
        name="Aufzüge Meier AG",
        profile="Lift",
        kind=_EXTERNAL,
        weekdays=[story.weekday(2), story.weekday(4)],
        hours_from=7 * 60,
        hours_until=10 * 60,
        phone="+41 44 555 01 90",
        note="Lift maintenance, only before guests are up.",
        code_minutes=2 * 24 * 60,
    )
    meier = _Person(fields, "Aufzüge Meier AG", "service-tablet", "192.168.20.80")
    story.plan((20, "16:00"), _add, meier)
    story.visits(meier, (19, "07:07"), (12, "07:41"), (5, "08:03"), (3, "07:20"))


def _waiting(story: _Story) -> None:
    def waits(when: When, profile: str, minutes: int, **more: Any) -> _Person:
        fields = ClientNew(profile=profile, code_minutes=minutes, kind=_EXTERNAL, cloud_access=False, **more)
        person = _Person(fields)
        story.plan(when, _add, person)
        return person

    waits(2, "Room 12", 120, valid_until=story.on(3))
    waits(36, "Room 14", 60, name="김민지", valid_until=story.on(1))
    waits((2, "11:00"), "Kitchen", _WEEK, note="Catering for the weekend.", valid_until=story.on(12))
    waits((1, "10:30"), "Room 5", 120, valid_until=story.on(1), note="Arrives late.")
    story.plan((1, "12:31"), _time_passes)
    zoe = waits((2, "16:00"), "Seminar room", _WEEK, name="Zoë Lüthi")
    story.plan((1, "09:15"), _revoke, zoe)


def _add(story: _Story, person: _Person) -> None:
    with story.store.write() as tx:
        added = clients.add(tx, story.desk, person.fields, "")
    person.id = added.id
    person.code = added.code.code if added.code else ""


def _first_login(story: _Story, person: _Person) -> sessions.Opened:
    opened = signin.by_code(story.store, person.there, person.code, person.name, person.device)
    assert isinstance(opened, sessions.Opened)
    person.device_token = opened.device_token or ""
    return opened


def _takes_the_desk(story: _Story, person: _Person, password: str) -> None:
    """Sign in, choose a password, and be the one who hands out codes from now on."""
    opened = _first_login(story, person)
    with story.store.read() as tx:
        who = sessions.recognised(tx, opened.token, person.there)
    own.change_password(story.store, who, None, password)
    story.desk = Principal(who.actor, who.source, client_id=who.client_id, admin=who.admin)


def _comes_back(story: _Story, person: _Person) -> None:
    # Whoever was shut out meanwhile is refused, and that is part of the story.
    with suppress(Refused):
        _by_device(story, person)


def _by_device(story: _Story, person: _Person) -> sessions.Opened:
    opened = signin.by_device(story.store, person.there, person.device_token)
    if isinstance(opened, sessions.Opened):
        return opened
    assert person.app is not None
    code = person.app.at(story.clock // SECOND)
    return challenges.answer(story.store, None, person.there, opened.token, Method.APP, code)


def _sets_an_app_up(story: _Story, person: _Person) -> None:
    opened = _by_device(story, person)
    with story.store.write() as tx:
        who = sessions.recognised(tx, opened.token, person.there)
        person.app = pyotp.TOTP(factors.begin_app(tx, who).secret)
    code = person.app.at(story.clock // SECOND)
    factors.confirm(story.store, None, who, FactorKind.APP, code)


def _signs_in_by_password(story: _Story, person: _Person, password: str) -> None:
    signin.by_password(story.store, person.there, person.fields.username or "", password, None)


def _edit(story: _Story, person: _Person, fields: ClientFields) -> None:
    with story.store.write() as tx:
        clients.edit(tx, story.desk, person.id, fields, "")


def _revoke(story: _Story, person: _Person) -> None:
    with story.store.write() as tx:
        codes.revoke(tx, story.desk, person.id)


def _time_passes(story: _Story) -> None:
    _sweep(story.store)


def _sweep(store: Store) -> None:
    with store.write() as tx:
        standing.sweep(tx)

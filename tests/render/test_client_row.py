from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from vestibule.models import Client, Code, FactorKind, Kind, State
from vestibule.render import when
from vestibule.render.client_row import changed_cells, columns, fitted, kind, mark, row, status

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)  # a Wednesday, 11:00 at the site
ZONE = ZoneInfo("Europe/Zurich")
HOUR = timedelta(hours=1)
LOGIN = NOW - 30 * 24 * HOUR
CODE = Code(code="7KQM-4XPT-9D2H", link="https://x/j/7KQM4XPT9D2H", expires_at=NOW + timedelta(seconds=7082))


def client(**fields: Any) -> Client:
    fields = {
        "id": "0" * 16,
        "name": "Anna Rossi",
        "label": "Anna Rossi",
        "state": State.ACTIVE,
        "username": None,
        "profile": "",
        "kind": Kind.EXTERNAL,
        "admin": False,
        "service": False,
        "require_two_factors": False,
        "factors": [],
        "asked": False,
        "cloud_access": False,
        "enabled": True,
        "valid_from": None,
        "valid_until": None,
        "weekdays": [],
        "hours_from": 0,
        "hours_until": 1440,
        "phone": None,
        "language": None,
        "note": "",
        "created_at": LOGIN,
        "first_login_at": None,
        "last_login_at": None,
        "code_expires_at": None,
        "code": None,
        **fields,
    }
    return Client(**fields)


def at_site(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def said(**fields: Any) -> str:
    return status(client(**fields), NOW, ZONE)


def line(someone: Client, width: int, plain: bool = False) -> str:
    return "".join(text for _name, text in row(someone, width, NOW, ZONE, plain))


def test_each_state_has_its_own_mark_with_and_without_a_good_font() -> None:
    assert "".join(mark(state, False) for state in State) == "●✓○✗"
    assert "".join(mark(state, True) for state in State) == "•+-x"


def test_who_waits_for_a_first_login_shows_the_life_of_the_code() -> None:
    assert said(state=State.PENDING, code=CODE, code_expires_at=CODE.expires_at) == "1:58:02"
    assert said(state=State.PENDING, code_expires_at=NOW - HOUR) == "code expired"
    assert said(state=State.EXPIRED, code_expires_at=NOW - HOUR) == "code expired"
    assert said(state=State.PENDING) == "no code"
    over = Code(code=CODE.code, link=CODE.link, expires_at=NOW)
    assert said(state=State.PENDING, code=over) == "code expired"


def test_an_active_client_shows_the_period_of_validity() -> None:
    here = {"state": State.ACTIVE, "first_login_at": LOGIN}
    assert said(**here) == "no end"
    assert said(**here, code=CODE) == "no end"  # a code for one more device
    assert said(**here, valid_until=at_site("2026-06-14T11:00")) == "until Sun 11:00"
    assert said(**here, valid_from=NOW - HOUR, valid_until=NOW + HOUR) == "until 12:00"
    assert said(**here, valid_from=NOW + HOUR, valid_until=NOW + 2 * HOUR) == "from 12:00"
    assert said(**here, valid_from=at_site("2026-12-01T00:00")) == "from 2026-12-01"


@pytest.mark.parametrize(
    ("day", "words"),
    [("2026-06-10", "until today"), ("2026-06-14", "until Sun"), ("2026-12-31", "until 2026-12-31")],
)
def test_a_whole_day_is_named_without_a_clock(day: str, words: str) -> None:
    until = at_site(f"{day}T23:59:59.999")
    assert said(first_login_at=LOGIN, valid_until=until) == words
    assert said(first_login_at=LOGIN, valid_until=until.astimezone(UTC)) == words


def test_only_the_last_millisecond_of_a_day_is_the_whole_day() -> None:
    assert when.last(at_site("2026-06-10T23:59:59.998"), NOW, ZONE) == "23:59"
    assert when.last(at_site("2026-06-10T00:00"), NOW, ZONE) == "00:00"
    assert when.first(at_site("2026-06-12T00:00:01"), NOW, ZONE) == "Fri 00:00"


def test_who_may_not_come_in_shows_why() -> None:
    assert said(state=State.DISABLED, first_login_at=LOGIN, valid_until=NOW + HOUR) == "disabled"
    assert said(state=State.EXPIRED, valid_until=at_site("2026-06-08T10:30")) == "ended Mon 10:30"
    # A new code would not help, so the validity is named and not the code.
    both = said(
        state=State.EXPIRED, valid_until=at_site("2026-06-08T23:59:59.999"), code_expires_at=NOW - HOUR
    )
    assert both == "ended Mon"


def test_the_kind_stands_after_the_profile() -> None:
    assert kind(client()) == "guest"
    assert kind(client(kind=Kind.INTERNAL, admin=True)) == "staff · admin"
    assert kind(client(profile="Room 12")) == "Room 12 · guest"
    assert kind(client(profile="\x1b[31m")) == "<001B>[31m · guest"


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        ([FactorKind.APP], "staff · 2FA app"),
        ([FactorKind.SMS], "staff · 2FA sms"),
        ([FactorKind.APP, FactorKind.SMS], "staff · 2FA app+sms"),
        ([], "staff · 2FA asked"),
    ],
)
def test_the_second_factors_stand_after_the_kind(factors: list[FactorKind], words: str) -> None:
    someone = client(kind=Kind.INTERNAL, factors=factors, asked=True, first_login_at=LOGIN)
    assert kind(someone) == words
    assert line(someone, 42) == f"✓ Anna Rossi        {words:<22}"  # in the place of "no end"
    assert line(someone, 120).rstrip().endswith(words)
    assert (words in line(someone, 37)) is (len(words) <= 15)  # no place for a kind of its own
    assert "no end" in line(someone, 120)


def test_a_second_factor_gives_way_to_what_is_of_more_use() -> None:
    staff = {"kind": Kind.INTERNAL, "factors": [FactorKind.APP], "asked": True, "first_login_at": LOGIN}
    assert "until Sun 11:00 staff" in line(client(**staff, valid_until=at_site("2026-06-14T11:00")), 42)
    assert "no end" in line(client(**staff), 30)
    admin = client(**staff, admin=True, profile="Room 12")
    assert line(admin, 42).rstrip().endswith("   staff · 2FA app")
    assert kind(admin) == "Room 12 · staff · admin · 2FA app"


NAMES = [
    "Anna Rossi",
    "七草 粥" * 12,
    "😀" * 40,
    "e\u0301\u0302" * 64,
    "Z\u0308" + "日" * 63,
    "Müller-Lüdenscheidt zu Hohenfels",
    "\ufe0f❤️" * 20,
    "",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_row_is_exactly_as_wide_as_asked(name: str) -> None:
    until = at_site("2026-12-31T11:00")
    for width in range(201):
        for someone in (
            client(label=name, profile=name, first_login_at=LOGIN, valid_until=until, admin=True),
            client(label=name, state=State.PENDING, code=CODE),
            client(label=name, profile=name, factors=[FactorKind.APP], asked=True, first_login_at=LOGIN),
        ):
            assert cell_len(line(someone, width)) == width


def test_the_label_gets_most_and_the_kind_goes_first() -> None:
    for width in range(30, 201):
        shape = columns(width)
        assert shape.label >= max(14, shape.status, shape.kind)
        assert shape.status >= 13
        assert bool(shape.kind) is (width >= 39)
    assert columns(20) == (18, 0, 0)


def test_a_row_as_a_person_sees_it() -> None:
    guest = client(first_login_at=LOGIN, valid_until=at_site("2026-06-14T11:00"), profile="Room 12")
    assert line(guest, 39) == "✓ Anna Rossi      until Sun 11:00 guest"
    assert line(guest, 42, plain=True).startswith("+ Anna")
    assert "Room 12 · guest" in line(guest, 80)
    assert line(guest, 34).endswith(" until Sun 11:00")
    assert "until Sun   " in line(guest, 30)
    far = client(first_login_at=LOGIN, valid_until=at_site("2026-12-31T11:00"))
    assert " 2026-12-31 " in line(far, 39)
    assert "until 2026-12-31 " in line(far, 48)
    assert "until 2026-12-31 11:00" in line(far, 80)


def test_texts_are_cut_by_cells_and_never_inside_a_character() -> None:
    assert fitted(["日本語"], 5) == "日本…"
    assert fitted(["日本語"], 4) == "日… "
    assert fitted(["a😀b😀"], 4) == "a😀…"
    assert fitted(["e\u0301e\u0301e\u0301"], 2) == "e\u0301…"
    assert fitted(["Room 12 · guest", "guest"], 8) == "guest   "
    assert [fitted(["日本"], cells) for cells in (0, 1, 2, 3)] == ["", "…", "… ", "日…"]


@pytest.mark.parametrize("name", ["[/x]", "[@click=app.quit]x", "\x1b[31mx", "\u202eevil", "a\nb", "\x9b2J"])
def test_hostile_names_are_only_text(name: str) -> None:
    shown = line(client(label=name, profile=name), 120)
    assert all(unicodedata.category(character)[0] != "C" for character in shown)
    assert shown.startswith("✓ " + (name if name.isprintable() else ""))


def test_only_the_cells_that_changed() -> None:
    assert changed_cells("1:58:02", "1:58:02") is None
    assert changed_cells("1:58:02", "1:58:01") == (6, 7)
    assert changed_cells("1:00:00", "0:59:59") == (0, 7)
    assert changed_cells("1:00:00", "59:59  ") == (0, 7)
    assert changed_cells("jusqu’à", "0:00   ") == (0, 7)

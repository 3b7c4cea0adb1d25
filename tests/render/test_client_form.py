"""The client form's texts: the inverse of what the server reads, and only what was changed goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.access import validity
from vestibule.models import Client, ClientFields, Kind, State
from vestibule.render.client_form import (
    Preset,
    added,
    changed,
    clock,
    minutes,
    objections,
    preset,
    shown,
    typed_moment,
)
from vestibule.store.clock import to_datetime

ZURICH = ZoneInfo("Europe/Zurich")
SANTIAGO = ZoneInfo("America/Santiago")  # its clocks change at midnight
NOW = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)


def client(**fields: Any) -> Client:
    start: dict[str, Any] = {
        "id": "0" * 16, "name": "Anna", "label": "Anna", "state": State.ACTIVE, "username": None,
        "profile": "", "kind": Kind.EXTERNAL, "admin": False, "service": False, "require_two_factors": False,
        "factors": [], "asked": False,
        "cloud_access": True, "enabled": True, "valid_from": None, "valid_until": None,
        "weekdays": [1, 2, 3, 4, 5, 6, 7], "hours_from": 0, "hours_until": 1440, "phone": None,
        "language": None, "note": "", "created_at": NOW, "first_login_at": None, "last_login_at": None,
        "code_expires_at": None, "code": None,
    }  # fmt: skip
    return Client(**{**start, **fields})


@pytest.mark.parametrize("site", [ZURICH, SANTIAGO, ZoneInfo("UTC")], ids=str)
@given(day=st.dates(datetime(1971, 1, 1).date(), datetime(2060, 1, 1).date()))
def test_a_day_is_shown_as_it_was_typed(site: ZoneInfo, day: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validity, "site_zone", lambda: site)
        first = validity.first_moment(day.isoformat(), "valid_from")
        last = validity.last_moment(day.isoformat(), "valid_until")
    assert typed_moment(to_datetime(first), site, end=False) == day.isoformat()
    assert typed_moment(to_datetime(last), site, end=True) == day.isoformat()


@pytest.mark.parametrize("site", [ZURICH, SANTIAGO], ids=str)
@pytest.mark.parametrize("end", [False, True])
@given(minute=st.integers(0, 2**31 // 60))
def test_a_minute_is_read_back_as_the_same_minute(site: ZoneInfo, end: bool, minute: int) -> None:
    when = datetime.fromtimestamp(minute * 60, UTC)
    read = validity.last_moment if end else validity.first_moment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validity, "site_zone", lambda: site)
        assert to_datetime(read(typed_moment(when, site, end), "")) == when


@pytest.mark.parametrize(
    ("when", "end", "text"),
    [
        (None, True, ""),
        (datetime(2026, 12, 31, 17, 0, 42, tzinfo=UTC), True, "2026-12-31 18:00"),
        (datetime(2026, 12, 30, 23, 0, tzinfo=UTC), False, "2026-12-31"),
        (datetime(2026, 12, 30, 23, 0, tzinfo=UTC), True, "2026-12-31 00:00"),
        (datetime(2026, 12, 31, 22, 59, 59, 999000, tzinfo=UTC), True, "2026-12-31"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True, "2026-10-25 02:30+01:00"),
        (datetime(9999, 12, 31, 12, 0, tzinfo=UTC), True, "9999-12-31 13:00"),
    ],
)
def test_moments(when: datetime | None, end: bool, text: str) -> None:
    assert typed_moment(when, ZURICH, end) == text


@pytest.mark.parametrize(("text", "value"), [("00:00", 0), (" 8:30 ", 510), ("24:00", 1440), ("23:59", 1439)])
def test_times_of_day(text: str, value: int) -> None:
    assert minutes(text) == value
    assert minutes(clock(value)) == value


@pytest.mark.parametrize("text", ["", "8", "24:01", "12:60", "-1:00", "٠٨:٠٠", "08:00:00", "08.00"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        minutes(text)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Preset.HOUR, "2026-11-22 11:01"),
        (Preset.DAY, "2026-11-23"),
        (Preset.WEEK, "2026-11-29"),
        (Preset.NEVER, ""),
    ],
)
def test_presets_are_in_the_sites_time(choice: Preset, text: str) -> None:
    assert preset(choice, NOW, ZURICH) == text


def test_an_hour_is_an_hour_where_the_clock_is_set_back() -> None:
    assert preset(Preset.HOUR, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ZURICH) == "2026-10-25 02:30+01:00"


def test_untouched_fields_are_not_sent() -> None:
    until = datetime(2026, 12, 31, 17, 0, 42, tzinfo=UTC)
    before = client(valid_until=until, hours_from=480, weekdays=[1, 3], phone="+41791234567", username="anna")
    values = shown(before, ZURICH)
    assert changed(before, values, ZURICH) == ClientFields()
    assert changed(before, replace(values, hours_from=" 8:00 "), ZURICH) == ClientFields()
    edited = replace(values, valid_until="", phone=" ", username="", note="x", hours_from="", weekdays=(1,))
    assert msgspec.to_builtins(changed(before, edited, ZURICH)) == {
        "valid_until": None,
        "phone": None,
        "username": None,
        "note": "x",
        "hours_from": 0,
        "weekdays": [1],
    }


def test_a_new_client_is_sent_whole() -> None:
    sent = msgspec.to_builtins(added(replace(shown(None, ZURICH), name="Anna"), 30))
    assert set(sent) == set(ClientFields.__struct_fields__) - {"enabled"} | {"code_minutes"}
    assert (sent["name"], sent["code_minutes"], sent["valid_until"]) == ("Anna", 30, None)


def test_objections_name_every_wrong_field() -> None:
    values = replace(shown(None, ZURICH), hours_from="nine", hours_until="25:00")
    assert list(objections(values)) == ["hours_from", "hours_until"]
    assert objections(replace(values, hours_from="", hours_until="")) == {}

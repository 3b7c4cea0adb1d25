"""Activity in words: rows at every width, all of one row, and words that find codes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from vestibule import i18n
from vestibule.models import AuditRow
from vestibule.render.activity_details import details
from vestibule.render.activity_row import people, row, titles
from vestibule.render.activity_search import match

ZONE = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(i18n.SOURCE)


def decision(**changed: Any) -> AuditRow:
    usual: dict[str, Any] = {
        "seq": 7,
        "at": datetime(2026, 11, 22, 8, 30, 5, tzinfo=UTC),
        "actor": "0123456789abcdef",
        "action": "client.edited",
        "subject": "fedcba9876543210",
        "outcome": "ok",
        "source": "192.168.1.20",
        "detail": {},
        "mac": "ab" * 32,
        "actor_name": "Anna Rossi",
        "subject_name": "陈伟",
    }
    return AuditRow(**(usual | changed))


@pytest.mark.parametrize("width", [36, 67, 68, 77, 118, 198])
def test_a_row_has_its_width_and_tells_a_refusal_by_its_mark(width: int) -> None:
    done, refused = decision(), decision(outcome="client_disabled")
    assert cell_len(row(done, width, NOW, ZONE)) == cell_len(titles(width)) == width
    assert "陈伟" in row(done, width, NOW, ZONE)
    assert row(done, width, NOW, ZONE)[2:7] == "09:30"
    assert (row(done, width, NOW, ZONE)[0], row(refused, width, NOW, ZONE)[0]) == (" ", "!")


def test_what_is_gone_is_called_as_the_record_calls_it() -> None:
    gone = decision(action="client.removed", subject_name=None, detail={"name": "Claire\x1b[31m"})
    assert people(gone) == "Anna Rossi → Claire<001B>[31m"
    assert people(decision(subject_name=None)) == "Anna Rossi → fedcba9876543210"
    assert people(decision(actor="-", actor_name=None)) == "陈伟"


def test_details_are_in_words_but_what_people_typed_stays() -> None:
    detail = {
        "name": ["sms", "location"],
        "valid_until": [None, 1_790_000_000_000],
        "weekdays": [127, 3],
        "admin": [False, True],
        "mode": "otp",
        "changed": ["location", "unheard_of"],
        "profiles": {"Guest": "ab"},
    }
    said = dict(details(decision(detail=detail), ZONE))
    assert said["When"] == "2026-11-22 09:30:05 CET"
    assert said["About"] == "陈伟 (fedcba9876543210)"
    assert said["Name"] == "sms → location"
    assert said["Valid until"] == "– → 2026-09-21 16:13:20 CEST"
    assert said["Weekdays"] == "Mon Tue Wed Thu Fri Sat Sun → Mon Tue"
    assert (said["Admin"], said["Signed in by"]) == ("no → yes", "one-time code")
    assert said["Changed"] == "Location, unheard_of"
    assert said["Head"] == "7:" + "ab" * 32


def test_words_are_looked_for_in_the_language_they_are_typed_in() -> None:
    assert match(" Anna  SIGN-IN ").split("\n") == ["Anna", "SIGN-IN session.opened"]
    assert "console" in match("consol").split()
    assert match("a") == "a"  # in too many words to mean one
    i18n.use("de")
    assert "session.opened" in match("Anmeldung").split()
    assert "session.opened" not in match("sign-in").split()
    assert len(match("code " * 20)) <= 4000

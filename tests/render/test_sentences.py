"""Every problem code the server may answer has a sentence, and each sentence can be filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import Struct, ValidationError

from vestibule.access.refused import PROBLEMS
from vestibule.models import ClientNew, LicenceNew, Problem
from vestibule.render.sentences import sentence
from vestibule.render.when import countdown, moment, zone

WITHOUT_OWN = {"malformed", "not_found", "method_not_allowed", "headers_too_large", "cursor_invalid"}
"""Only a broken program meets these: the English title does."""


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_code_has_a_sentence(code: str) -> None:
    said = sentence(Problem(type="", title="(title)", status=400, code=code, at=datetime.now(UTC)))
    assert (said == "(title)") == (code in WITHOUT_OWN)
    assert "%(" not in said


def test_a_foreign_title_is_made_visible() -> None:
    assert sentence(Problem(type="", title="\x1b[31m", status=400, code="new")) == "<001B>[31m"


@pytest.mark.parametrize(
    ("shape", "sent", "wanted"),
    [
        (LicenceNew, {"code": "KNX-1", "component": "KNX", "seats": -1}, "“seats” must be 0 or more."),
        (LicenceNew, {"code": "KNX-1", "component": "KNX", "seats": "x"}, "“seats” must be a whole number."),
        (LicenceNew, {"code": "KNX-1"}, "“component” is missing."),
        (ClientNew, {"name": "A", "colour": 1}, "“colour” is not known here."),
        (ClientNew, {"name": "A" * 5000}, "“name” may have 4096 characters at most."),
        (ClientNew, {"weekdays": [1, 9]}, "“weekdays” must be 7 or less."),
        (ClientNew, {"kind": "alien"}, "“kind” is not valid."),
        (ClientNew, [], "This is not valid."),
    ],
)
def test_a_broken_rule_is_a_sentence(shape: type[Struct], sent: Any, wanted: str) -> None:
    with pytest.raises(ValidationError) as found:
        msgspec.convert(sent, shape)
    problem = Problem(type="", title="", status=422, code="invalid", detail=str(found.value))
    assert sentence(problem) == wanted


@pytest.mark.parametrize(
    ("seconds", "shown"), [(7082, "1:58:02"), (545, "9:05"), (-3, "0:00"), (273600, "3 d 04:00")]
)
def test_countdowns(seconds: int, shown: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert countdown(now + timedelta(seconds=seconds), now) == shown


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ((2026, 11, 22, 10), "11:00"),
        ((2026, 11, 24, 10), "Tue 11:00"),
        ((2026, 12, 31, 10), "2026-12-31 11:00"),
    ],
)
def test_moments_are_those_of_the_site(when: tuple[int, int, int, int], shown: str) -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert moment(datetime(*when, tzinfo=UTC), now, zone("Europe/Zurich")) == shown

"""What happened to one's access, in sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vestibule.models import FactorKind
from vestibule.render.notice_words import words
from vestibule.render.when import zone
from vestibule.two_factor_models import Notice, NoticeKind

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
APP, SMS = FactorKind.APP, FactorKind.SMS


def said(what: NoticeKind, factor: FactorKind | None = None, source: str = "10.0.0.7") -> str:
    at = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
    notice = Notice(id=1, at=at, what=what, factor=factor, source=source)
    return words(notice, NOW, zone("Europe/Zurich"))


def test_when_in_the_sites_zone_what_and_from_where() -> None:
    assert said(NoticeKind.SECOND_FACTOR_FAILED) == (
        "Sun 14:05 · Somebody typed your password right, but not the second factor (from 10.0.0.7). "
        "If it was not you, change your password."
    )


@pytest.mark.parametrize("what", list(NoticeKind))
@pytest.mark.parametrize("factor", [None, APP, SMS])
@pytest.mark.parametrize("source", ["10.0.0.7", "console", ""])
def test_every_kind_has_a_sentence_that_says_what_to_do(
    what: NoticeKind, factor: FactorKind | None, source: str
) -> None:
    sentence = said(what, factor, source)
    assert sentence.count(". If ") == 1
    assert sentence.endswith(".")
    assert "None" not in sentence


def test_what_an_admin_did_is_said_so() -> None:
    assert said(NoticeKind.FACTORS_RESET, source="").endswith(
        "Your second factors and your recovery code were removed (by an admin). "
        "If you did not ask for it, speak to them."
    )


def test_the_two_factors_are_told_apart() -> None:
    for what in (NoticeKind.FACTOR_ADDED, NoticeKind.FACTOR_REMOVED):
        assert "authenticator app" in said(what, APP)
        assert "text message" in said(what, SMS)


def test_a_source_cannot_act() -> None:
    assert "(from <001B>[31m[@click=x])" in said(NoticeKind.RECOVERY_USED, source="\x1b[31m[@click=x]")

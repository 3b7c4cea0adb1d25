"""The record in words: every code that the server writes has some, in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vestibule import access, i18n
from vestibule.access.refused import PROBLEMS
from vestibule.i18n import LANGUAGES, SOURCE
from vestibule.render.audit_words import action, actor, outcome

ACTION = re.compile(r"[a-z]+\.[a-z]+")
SERVER_HALF = Path(access.__file__).parents[1]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(SOURCE)


def recorded() -> set[str]:
    """Texts like ``client.added`` that the server half gives to a call that records."""
    files = [*(SERVER_HALF / "access").glob("*.py"), *(SERVER_HALF / "server").rglob("*.py")]
    calls = [
        node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    ]
    recording = [call for call in calls if re.search("record|decided|charge|audited", ast.unparse(call.func))]
    given = [each for call in recording for each in (*call.args, *(named.value for named in call.keywords))]
    said = [node.value for argument in given for node in ast.walk(argument) if isinstance(node, ast.Constant)]
    return {text for text in said if isinstance(text, str) and ACTION.fullmatch(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_that_is_recorded_has_words(language: str) -> None:
    i18n.use(language)
    known = recorded() | {"system.uploaded", "system.restored"}
    assert len(known) > 25
    assert [code for code in known if action(code) == code] == []
    assert action("weather.changed") == "weather.changed"


def test_no_outcome_has_a_gap_where_the_record_holds_nothing_to_fill_in() -> None:
    told = {code: outcome(code) for code in PROBLEMS}
    assert [words for words in told.values() if re.search(r"\?|%|: *\.?$|1 second|1 minute", words)] == []
    assert told["password_wrong"] == "The username or the password is wrong."
    assert outcome("ok") == "done"


def test_an_actor_without_a_name_has_words_and_a_name_stays() -> None:
    i18n.use("de")
    assert [actor(by) for by in ("console", "setup", "Anna Rossi")] == [
        "Konsole",
        "Einrichtung",
        "Anna Rossi",
    ]
    assert actor("\x1b[31m") == "<001B>[31m"

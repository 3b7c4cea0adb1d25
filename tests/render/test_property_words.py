"""Every property has its words, in the configurator's order, short enough for their place."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

import pytest

from vestibule import i18n
from vestibule.i18n import LANGUAGES, SOURCE
from vestibule.properties import BY_KEY, POLICIES, PROPERTIES, SECRETS, Group, Kind, normal
from vestibule.render import property_words as words

DESIGNED = """
    System name, Server type, Serial number, Location, Latitude, Longitude, Enable time server,
    Local IP address, External IP address, Server client port, KNX address, KNXnet/IP interface,
    KNXnet/IP different IP, Password, VNC password, Cloud, Password for cloud, Automatic server update,
    Automatic authentication, Use OTP authentication, Automatic connection, Cloud connection policy
"""
IN_FORCE = {entry.key: {"set": False} if entry.key in SECRETS else entry.default for entry in PROPERTIES}


def line(key: str, edits: dict[str, object]) -> words.Line:
    return next(found for found in words.lines(IN_FORCE, edits) if found.key == key)


def test_every_property_has_its_words_in_the_order_of_the_grid() -> None:
    keys = [entry.key for entry in PROPERTIES]
    assert list(words.labels()) == keys
    assert list(words.explanations()) == keys
    assert list(words.labels().values()) == [part.strip() for part in DESIGNED.split(",")]
    assert list(words.policies()) == list(POLICIES)
    assert list(words.policies().values()) == [
        "Local only",
        "Local and Cloud",
        "Local, Remote and Cloud",
        "Cloud only",
    ]
    assert [words.group_title(group) for group in Group] == ["Server", "Network", "Access"]


def test_the_lines_are_the_grid() -> None:
    lines = words.lines(IN_FORCE, {})
    assert [found.key for found in lines if found.key] == [entry.key for entry in PROPERTIES]
    headings = [(at, found.label) for at, found in enumerate(lines) if not found.key]
    assert headings == [(0, "Server"), (8, "Network"), (15, "Access")]
    assert not any(found.staged for found in lines)


@pytest.fixture(params=LANGUAGES)
def _language(request: pytest.FixtureRequest) -> Iterator[None]:
    i18n.use(request.param)
    yield
    i18n.use(SOURCE)


@pytest.mark.parametrize("key", [entry.key for entry in PROPERTIES])
@pytest.mark.usefixtures("_language")
def test_what_is_said_of_a_row_has_room_in_two_lines(key: str) -> None:
    staged = words.Line("", key, staged=True, before="x" * 64, reason=words.without_effect(key, {}))
    if BY_KEY[key].needs:  # switches, a secret and a choice: their values are short
        staged = words.Line("", key, staged=True, before="Local, Remote and Cloud", reason=staged.reason)
    assert len(wrap(words.explained(staged), 78)) <= 2


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("system_name", "Haus", "Haus"),
        ("system_name", "\x1b[2J[@click=app.quit]", "<001B>[2J[@click=app.quit]"),
        ("location", "", "–"),
        ("latitude", None, "–"),
        ("latitude", 0, "0"),
        ("latitude", 47.3769, "47.3769"),
        ("longitude", -0.000001, "-0.000001"),
        ("longitude", 120.0, "120"),
        ("client_port", 7550, "7550"),
        ("cloud", True, "on"),
        ("cloud", False, "off"),
        ("cloud_connection_policy", "cloud_only", "Cloud only"),
        ("vnc_password", {"set": True}, words.DOTS),
        ("vnc_password", {"set": False}, "not set"),
        ("vnc_password", "hunter2", words.DOTS),
        ("vnc_password", "", "not set"),
    ],
)
def test_values(key: str, value: object, shown: str) -> None:
    assert words.value_words(key, value) == shown


def test_a_value_is_written_as_it_may_be_typed_and_a_secret_never() -> None:
    for key, value in [
        ("latitude", -47.376901),
        ("longitude", 8.0),
        ("client_port", 80),
        ("local_ip", "::1"),
    ]:
        assert normal(key, words.written(key, value)) == value
    assert words.written("latitude", None) == ""
    assert words.written("vnc_password", "hunter2") == ""
    hints = {entry.key: words.hint(entry.key) for entry in PROPERTIES}
    assert all(normal(key, hint) for key, hint in hints.items() if hint)


def test_cloud_rows_wait_for_the_cloud_that_is_staged() -> None:
    waiting = {found.key for found in words.lines(IN_FORCE, {}) if found.reason}
    assert waiting == {entry.key for entry in PROPERTIES if entry.needs == "cloud"}
    assert len(waiting) == 4
    assert line("cloud_password", {}).reason == "Cloud is off"
    assert not any(found.reason for found in words.lines(IN_FORCE, {"cloud": True}))
    assert "Cloud is off: no effect now." in words.explained(line("automatic_connection", {}))


def test_a_staged_row_says_what_is_in_force() -> None:
    staged = line("client_port", {"client_port": 80})
    assert (staged.value, staged.before, staged.staged) == ("80", "7550", True)
    assert words.explained(staged).startswith("In force: 7550. The port")
    assert words.explained(line("location", {"location": "x"})).startswith("In force: nothing. Where")
    secret = line("vnc_password", {"vnc_password": "hunter2"})
    assert (secret.value, secret.before) == (words.DOTS, "not set")
    assert "hunter2" not in repr(secret)
    long = words.explained(words.Line("", "location", staged=True, before="字" * 40))
    assert long.startswith("In force: " + "字" * 14 + "….")


def test_every_kind_is_shown() -> None:
    assert {entry.kind for entry in PROPERTIES} == set(Kind)

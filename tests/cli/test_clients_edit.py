"""``vestibule clients add`` and ``edit``: every field, none of the others, and the list for people."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from tests.cli.shell import Shell
from vestibule.cli import client_options
from vestibule.cli.client_table import table
from vestibule.models import Client, FactorKind, Kind, State

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
EVERYTHING: dict[str, tuple[tuple[str, ...], object]] = {
    "username": (("--username", "anna.rossi"), "anna.rossi"),
    "profile": (("--profile", "Room 12"), "Room 12"),
    "kind": (("--external",), "external"),
    "admin": (("--admin",), True),
    "require_two_factors": (("--require-two-factors",), True),
    "cloud_access": (("--no-cloud-access",), False),
    "valid_from": (("--valid-from", "2026-12-01"), "2026-11-30T23:00:00Z"),
    "valid_until": (("--valid-until", "2099-12-31T11:00:00Z"), "2099-12-31T11:00:00Z"),
    "weekdays": (("--weekdays", "5,1,1"), [1, 5]),
    "hours_from": (("--hours", "22:00-06:30"), 22 * 60),
    "phone": (("--phone", "+41 79 555 01 44"), "+41795550144"),
    "language": (("--language", "fr"), "fr"),
    "note": (("--note", "Two keys"), "Two keys"),
}
OPTIONS = [part for options, _ in EVERYTHING.values() for part in options]
CLEARED = ("username", "valid_from", "valid_until", "phone", "language")


def test_what_is_said_changes_and_the_rest_stays(shell: Shell) -> None:
    added = shell.json("clients", "add", "Anna Rossi")
    edited = shell.json("clients", "edit", added["id"], *OPTIONS)
    assert {name: edited[name] for name in EVERYTHING} == {
        name: value for name, (_, value) in EVERYTHING.items()
    }
    renamed = shell.json("clients", "edit", "Anna Rossi", "--name", "Anna Bianchi")
    assert renamed == edited | {"name": "Anna Bianchi"}
    options = [part for name in CLEARED for part in ("--" + name.replace("_", "-"), "none")]
    others = ("--internal", "--no-admin", "--cloud-access", "--weekdays", "all", "--hours", "all")
    cleared = shell.json("clients", "edit", added["id"], *options, *others)
    assert [cleared[name] for name in CLEARED] == [None] * len(CLEARED)
    assert (cleared["kind"], cleared["admin"], cleared["cloud_access"]) == ("internal", False, True)
    assert (cleared["weekdays"], cleared["hours_until"]) == ([1, 2, 3, 4, 5, 6, 7], 1440)
    assert cleared["note"] == "Two keys"


def test_a_client_is_added_with_all_of_it_at_once(shell: Shell) -> None:
    added = shell.json("clients", "add", "Anna Rossi", *OPTIONS, "--code-minutes", "0")
    assert {name: added[name] for name in EVERYTHING} == {
        name: value for name, (_, value) in EVERYTHING.items()
    }
    assert added["code"] is None


def test_what_is_wrong_changes_nothing_and_says_why(shell: Shell) -> None:
    before = shell.json("clients", "add", "Anna Rossi")
    refused = shell.run("clients", "edit", "Anna Rossi", "--note", "x", "--valid-until", "soon")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "2026-12-31" in refused.stderr
    assert shell.run("clients", "edit", "Anna Rossi", "--hours", "8-18").returncode == 2
    assert shell.run("clients", "edit", "Anna Rossi", "--internal", "--external").returncode == 2
    assert shell.json("clients", "show", "Anna Rossi") == before


def test_two_of_one_name_are_a_conflict(shell: Shell) -> None:
    for _ in range(2):
        shell.json("clients", "add", "Room 12")
    refused = shell.run("clients", "edit", "Room 12", "--note", "x")
    assert refused.returncode == 5
    assert "by its id" in refused.stderr


@pytest.mark.parametrize("written", ["", "0", "8", "1,,2", "1;2", "mon", "１"])
def test_no_weekdays(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        client_options.weekdays(written)


@pytest.mark.parametrize("written", ["", "8-18", "08:00", "08:60-09:00", "24:01-09:00", "25:00-26:00"])
def test_no_hours(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        client_options.hours(written)


@pytest.mark.parametrize(
    ("written", "read"), [("8:00-24:00", (480, 1440)), ("08:00 – 18:30", (480, 1110)), ("all", (0, 1440))]
)
def test_hours(written: str, read: tuple[int, int]) -> None:
    assert client_options.hours(written) == read


def client(**fields: Any) -> Client:
    columns: dict[str, Any] = dict.fromkeys(Client.__struct_fields__)
    columns |= {"id": "0123456789abcdef", "state": State.ACTIVE, "kind": Kind.EXTERNAL, "profile": "Room 12"}
    columns |= {"factors": [], "asked": False}
    columns |= {"first_login_at": NOW, "valid_until": datetime(2026, 11, 24, 10, tzinfo=UTC)}
    return Client(**columns | fields)


@pytest.mark.parametrize("width", [None, 100, 80, 60, 40, 5])
def test_columns_stand_under_each_other_and_inside_the_terminal(width: int | None) -> None:
    people = [client(label=label, profile=label) for label in ("Anna", "山田太郎" * 9, "José Núñez " * 5)]
    lines = table(people, width, ZURICH, NOW)
    assert len(lines) == 4
    assert width is None or max(map(cell_len, lines)) <= width
    if width is None or width >= 80:
        places = {cell_len(line.partition("Tue 11:00")[0]) for line in lines[1:]}
        assert len(places) == 1
        assert all(line.endswith("0123456789abcdef") for line in lines[1:])


def test_second_factors_have_a_column_where_there_are_any() -> None:
    people = [client(label="Anna", factors=list(FactorKind)), client(label="Marc", asked=True)]
    lines = table([*people, client(label="Zoe")], None, ZURICH, NOW)
    at = lines[0].index("2FA")
    assert [line[at : at + 7].strip() for line in lines] == ["2FA", "app+sms", "asked", ""]
    assert "2FA" not in table([client(label="Zoe")], None, ZURICH, NOW)[0]


def test_hostile_text_is_made_visible() -> None:
    line = table([client(label="\x1b[2J\u202e", profile="")], None, ZURICH, NOW)[1]
    assert line.startswith("<001B>[2J<202E>")

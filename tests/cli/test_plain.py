"""``--plain``: what screen readers read, one fact per line."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator

import pytest

from tests.cli.shell import Shell
from vestibule import cli
from vestibule.cli.parsing import parser_of
from vestibule.plain import wants_plain

LISTS = (
    ("clients", "list"),
    ("clients", "list", "--admins"),
    ("clients", "show", "Anna Rossi"),
    ("code", "list"),
    ("code", "show", "Anna Rossi"),
    ("system", "show"),
    ("system", "diff"),
    ("system", "history"),
    ("system", "compare", "1", "2"),
    ("licences", "list"),
    ("policy", "show"),
    ("two-factor", "status"),
    ("two-factor", "status", "Anna Rossi"),
    ("sms", "list"),
    ("audit", "list"),
)
DRAWN = re.compile(r"[─-▟■-◿✀-➿•·–…]|\S  +\S|\t")
"""Boxes, blocks and marks, and cells under each other."""


@pytest.fixture
def furnished(shell: Shell) -> Shell:
    """A site with something in every list."""
    config = shell.home / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text('[sms]\nkind = "file"\npath = "sms.jsonl"\ncountry = "CH"\n')
    (config / "config.toml").chmod(0o600)
    for command in (
        ("clients", "add", "Anna Rossi", "--profile", "Room 12", "--require-two-factors"),
        ("clients", "add", "Marc Dubois", "--external", "--code-minutes", "0"),
        ("licences", "add", "KNX-1", "--component", "KNX", "--seats", "5"),
        ("policy", "set", "totp_enabled", "on", "--yes"),
        ("policy", "set", "sms_enabled", "on", "--yes"),
        ("sms", "test", "+41791234567"),
        ("system", "set", "location", "Bern"),
        ("system", "upload", "--note", "East wing"),
        ("system", "set", "location", "Chur"),
    ):
        done = shell.run(*command)
        assert done.returncode == 0, done.stderr
    return shell


def commands() -> Iterator[tuple[str, ...]]:
    """All commands that can print plain facts, by their parsers."""
    for name in cli.GROUPS:
        parser = parser_of(argparse.ArgumentParser(add_help=False), [name])
        yield from _plain_in(parser, ())


def _plain_in(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield from _plain_in(sub, (*path, name))
        elif "--plain" in action.option_strings:
            yield path


def test_every_list_and_show_has_it() -> None:
    found = set(commands())
    assert {command[:2] for command in LISTS} <= found


def test_every_line_is_one_fact(furnished: Shell) -> None:
    for command in LISTS:
        done = furnished.run(*command, "--plain")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines, command
        assert lines[-1], command
        assert "" not in (lines[0], lines[-1])
        assert "\n\n\n" not in done.stdout
        for line in filter(None, lines):
            assert re.match(r"[^:]+: \S", line) or line[-1] in ".?" or " asked " in line, (command, line)


def test_nothing_is_said_by_a_glyph_or_by_its_place(furnished: Shell) -> None:
    for command in LISTS:
        printed = furnished.run(*command, "--plain").stdout
        # ``·`` joins words that are said one after the other.
        assert not DRAWN.search(printed.replace(" · ", ", ")), (command, printed)


def test_a_record_per_client(furnished: Shell) -> None:
    first, *others = furnished.run("clients", "list", "--plain").stdout.split("\n\n")
    facts = dict(line.split(": ", 1) for line in first.splitlines())
    assert facts["Name"] == "Anna Rossi"
    assert facts["State"] == "pending"
    assert facts["Code"] in facts["Link"].replace("/", "") or facts["Code"].replace("-", "") in facts["Link"]
    assert facts["Profile"] == "Room 12"
    assert len(others) == 2


def test_secrets_and_empty_values_are_said_in_words(furnished: Shell) -> None:
    facts = furnished.run("system", "show", "--plain").stdout.splitlines()
    assert "Password: set" in facts
    assert "VNC password: not set" in facts
    assert "Latitude: empty" in facts
    assert "Location: Bern" in facts


def test_the_environment_asks_for_it_always(furnished: Shell) -> None:
    for command in LISTS:
        by_flag = furnished.run(*command, "--plain").stdout
        furnished.environ["VESTIBULE_PLAIN"] = "1"
        assert re.sub(r"\d:\d\d:\d\d|\d+:\d\d left", "", furnished.run(*command).stdout) == re.sub(
            r"\d:\d\d:\d\d|\d+:\d\d left", "", by_flag
        )
        del furnished.environ["VESTIBULE_PLAIN"]


def test_scripts_get_json_all_the_same(furnished: Shell) -> None:
    furnished.environ["VESTIBULE_PLAIN"] = "1"
    assert json.loads(furnished.run("clients", "list", "--json").stdout)["next"] is None
    assert furnished.run("clients", "list", "--json", "--plain").returncode == 2


def test_an_empty_list_says_so(shell: Shell) -> None:
    done = shell.run("licences", "list", "--plain")
    assert (done.stdout, done.stderr) == ("", "There is nothing to list.\n")


def test_versions_are_compared(furnished: Shell) -> None:
    compared = furnished.json("system", "compare", "1")
    assert compared == {"older": 1, "newer": 2, "changes": {"location": {"old": "", "new": "Bern"}}}
    assert furnished.run("system", "compare", "2", "2").stderr == "Nothing differs.\n"
    assert furnished.run("system", "compare", "9").returncode == 3


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_variable(value: str, wanted: bool) -> None:
    assert wants_plain({"VESTIBULE_PLAIN": value}) is wanted
    assert not wants_plain({})

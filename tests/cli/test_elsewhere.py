"""Every command at a site elsewhere: the same answers, and nothing mixed with this machine's own site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.served import Served, serving
from tests.cli.shell import Shell
from tests.sites import new_site
from vestibule.cli import GROUPS, THIS_MACHINE_ONLY

READING = (
    "clients list",
    "clients show Guest",
    "code list",
    "code show Guest",
    "system show",
    "system diff",
    "system history",
    "system compare 1 2",
    "licences list",
    "policy show",
    "limits show",
    "devices list Guest",
    "two-factor status",
    "two-factor status Guest",
    "sms list",
    "audit list",
    "audit verify",
    "cloud status",
    "cloud signers list",
)
NOT_READING = {"login", "logout", "passwd", "kiosk"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served") / "home") as site:
        site.console.json("clients", "add", "Guest", "--external")
        site.console.json("licences", "add", "KNX-4711", "--component", "KNX", "--seats", "2")
        site.console.json("sms", "test", "+41 79 555 44 12")
        site.console.run("system", "set", "location", "Bern")
        site.console.json("system", "upload")
        yield site


@pytest.fixture
def here(served: Served, tmp_path: Path) -> Shell:
    """A machine that has a site of its own, and is signed in at the served one."""
    new_site(tmp_path / "home")
    shell = Shell(tmp_path / "home")
    login = ("--username", "service", "--password-file", str(shell.password_file))
    assert shell.run("--site", served.address, "login", *login).returncode == 0
    return shell


def without_clock(answer: Any) -> Any:
    for need in answer.get("requirements", []):
        need.pop("detail")  # how far the clock is off, now
    return answer


def test_what_is_read_is_the_same_here_and_elsewhere(served: Served, here: Shell) -> None:
    assert {line.split()[0] for line in READING} == set(GROUPS) - THIS_MACHINE_ONLY - NOT_READING
    for line in READING:
        elsewhere = without_clock(here.json("--site", served.address, *line.split()))
        assert elsewhere == without_clock(served.console.json(*line.split())), line


def test_the_site_is_named_before_or_after_the_command_or_in_the_environment(
    served: Served, here: Shell
) -> None:
    place = served.address.partition("//")[2]
    for words in (
        ("--site", served.address, "licences", "list"),
        ("licences", "--site", place, "list"),
        ("licences", "list", "--site", served.address.upper().replace("HTTP", "http")),
    ):
        assert len(here.json(*words)["licences"]) == 1, words
    assert here.json("licences", "list")["licences"] == []
    here.environ["VESTIBULE_SITE"] = served.address
    assert len(here.json("licences", "list")["licences"]) == 1
    assert here.json("licences", "list", "--site", "here")["licences"] == []
    assert here.run("licences", "list", "--site", "no where").returncode == 2


def test_a_site_may_be_called_by_its_name_unless_several_are(served: Served, here: Shell) -> None:
    assert here.run("clients", "list", "--site", "HAUS lindenhof").returncode == 0
    file = here.home / "state" / "sites.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps([*known, {**known[0], "address": "http://127.0.0.1:1"}]))
    several = here.run("clients", "list", "--site", "Haus Lindenhof")
    assert several.returncode == 2
    assert served.address in several.stderr


@pytest.mark.parametrize("words", [("setup", "--site-name", "X", "--service-password-file", "F"), ("serve",)])
def test_what_is_about_this_machine_goes_nowhere_else(here: Shell, words: tuple[str, ...]) -> None:
    for arguments in (("--site", "http://127.0.0.1:1", *words), (*words, "--site", "http://127.0.0.1:1")):
        done = here.run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "this machine only" in done.stderr
    assert "--site URL" not in here.run(words[0], "--help").stdout


def test_edits_are_staged_for_each_site(served: Served, here: Shell, tmp_path: Path) -> None:
    package = tmp_path / "project.zip"
    package.write_bytes(bytes(300_000))
    there = ("--site", served.address)
    here.json("system", "set", "location", "Chur")
    here.json(*there, "system", "set", "location", "Zug")
    assert served.console.json("system", "diff")["changes"] == {}
    assert here.json("system", "diff")["changes"]["location"]["new"] == "Chur"
    assert here.json(*there, "system", "diff")["changes"]["location"]["new"] == "Zug"
    made = here.json(*there, "system", "upload", "--package", str(package), "--note", "moved")
    assert served.console.json("system", "show")["settings"]["location"] == "Zug"
    assert served.console.json("system", "history")["versions"][0]["version"] == made["version"]
    file = tmp_path / "made.vestibule"
    assert here.run(*there, "system", "export", str(made["version"]), str(file)).returncode == 0
    assert here.json(*there, "system", "diff")["changes"] == {}
    assert here.json("system", "show")["settings"]["location"] == ""
    assert here.json("system", "diff")["changes"]["location"]["new"] == "Chur"


def test_refusals_have_the_same_exit_codes(served: Served, here: Shell) -> None:
    for words, code in (
        ("clients show nobody", 3),
        ("code issue service", 5),
        ("system set latitude 200", 1),
        ("clients list --unknown", 2),
    ):
        assert here.run("--site", served.address, *words.split()).returncode == code, words
        assert served.console.run(*words.split()).returncode == code, words
    assert here.run("--site", "http://127.0.0.1:1", "clients", "list").returncode == 4

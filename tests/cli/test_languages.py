"""The command line in other languages: answers, refusals, and what argparse itself says."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cli.shell import Shell
from vestibule import i18n
from vestibule.config import folders
from vestibule.i18n import SOURCE
from vestibule.remote import preferences


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(SOURCE)


def test_answers_and_refusals_are_in_the_language_asked_for(shell: Shell) -> None:
    shell.environ["VESTIBULE_LANGUAGE"] = "fr"
    listed = shell.run("clients", "list").stdout
    assert listed.split()[:4] == ["Client", "État", "Genre", "Profil"]
    assert "compte" not in shell.run("clients", "list", "--json").stdout
    refused = shell.run("clients", "show", "nobody")
    assert refused.returncode == 3
    assert refused.stderr.startswith("Ce client n’existe pas.")
    assert "installation configurée" in shell.run("audit", "list").stdout
    assert "site.created" in shell.run("audit", "list", "--json").stdout


def test_a_choice_made_at_the_login_counts_more_than_the_locale(shell: Shell) -> None:
    shell.environ["LANG"] = "fr_CH.UTF-8"
    preferences.save(folders({"VESTIBULE_HOME": str(shell.home)}), language="de")
    assert shell.run("clients", "show", "nobody").stderr.startswith("Diesen Kunden gibt es nicht.")
    shell.environ["VESTIBULE_LANGUAGE"] = "en"
    assert shell.run("clients", "show", "nobody").stderr.startswith("There is no such client.")


def test_argparse_speaks_too(shell: Shell) -> None:
    shell.environ["VESTIBULE_LANGUAGE"] = "de"
    helped = shell.run("clients", "--help").stdout
    assert helped.startswith("Aufruf: vestibule clients")
    assert "einen Kunden mit Einmalcode hinzufügen" in helped
    assert "show this help" not in helped
    wrong = shell.run("clients", "bogus")
    assert wrong.returncode == 2
    assert "Fehler: Argument {" in wrong.stderr
    assert "ungültige Wahl: 'bogus'" in wrong.stderr


def test_the_environment_is_left_as_it_was(shell: Shell) -> None:
    """Programs that are started later must not be told another language."""
    shell.environ |= {"VESTIBULE_LANGUAGE": "de", "LANGUAGE": "fr"}
    seen: list[str | None] = []

    def run(*_arguments: object) -> int:
        seen.append(os.environ.get("LANGUAGE"))
        return 0

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("vestibule.cli.clients._list", run)
        assert shell.run("clients", "list").returncode == 0
    assert seen == ["fr"]

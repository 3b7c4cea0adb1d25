"""Clients as a table: out without secrets, back in as they were, and in by the hundred or not at all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.served import serving
from tests.cli.shell import Shell
from vestibule.cli import client_csv

NEW = """\ufeffName;Profile;Kind;Valid_until;Weekdays;Hours;Phone;Note
=Anna;Room 1;external;2099-12-31;1,2,3;22:00-06:30;+41 79 555 01 44;"Zoë’s; two"
Ünal;Room 2;internal;;all;all;;
"""
WRONG = """name,username,admin,phone
Anna,anna,no,+41 79 555 01 44
Bruno,b,perhaps,
Claire,anna,no,
Dora,dora,no

Emil,service,no,12
"""


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_goes_out_and_back_in(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(NEW)
    looked = shell.json("clients", "import", str(file), "--dry-run")
    assert [(each["name"], each["code"]) for each in looked["added"]] == [("=Anna", None), ("Ünal", None)]
    assert len(shell.json("clients", "list")["clients"]) == 1
    codes = tmp_path / "codes.csv"
    added = shell.json("clients", "import", str(file), "--codes-out", str(codes), "--code-minutes", "43200")
    assert codes.stat().st_mode & 0o777 == 0o600
    kept = table(codes.read_text())
    assert [row["name"] for row in kept] == ["'=Anna", "Ünal"]
    listed = {client["id"]: client for client in shell.json("clients", "list")["clients"]}
    assert [listed[row["id"]]["code"]["code"] for row in kept] == [row["code"] for row in kept]
    anna = listed[added["added"][0]["id"]]
    assert (anna["weekdays"], anna["hours_from"], anna["phone"]) == ([1, 2, 3], 22 * 60, "+41795550144")
    assert (anna["valid_until"][:19], anna["note"]) == ("2099-12-31T22:59:59", "Zoë’s; two")

    out = shell.run("clients", "export").stdout
    assert [row["code"][:4] in out for row in kept] == [False, False]
    assert table(out)[0].keys() == set(client_csv.COLUMNS)
    assert shell.json("clients", "export")["clients"][0].keys() == set(client_csv.COLUMNS)
    file.write_text(out)
    again = shell.json("clients", "import", str(file))
    assert (again["added"], again["changed"], again["unchanged"]) == ([], 0, 3)
    file.write_text(out.replace("Room 2", "Room 3").replace("'+41795550144", ""))
    assert shell.json("clients", "import", str(file))["changed"] == 2
    assert [row["phone"] for row in table(shell.run("clients", "export").stdout)] == ["", "", ""]
    assert shell.run("clients", "import", str(file), "--codes-out", str(codes)).returncode == 2


def test_every_wrong_line_is_named_and_nothing_is_written(shell: Shell, tmp_path: Path) -> None:
    file, codes = tmp_path / "wrong.csv", tmp_path / "codes.csv"
    file.write_text(WRONG)
    head = shell.json("audit", "verify")["head"]
    refused = shell.run("clients", "import", str(file), "--codes-out", str(codes))
    assert refused.returncode == 1
    said = refused.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == [
        "Line 3",
        "Line 4",
        "Line 5",
        "Line 7",
        "Nothing was changed",
    ]
    for words, line in zip(("admin", "username", "3 cells", "phone"), said, strict=False):
        assert words in line
    assert not codes.exists()
    assert shell.json("audit", "verify")["head"] == head
    file.write_text("name\n" + "Anna\n" * 3)
    assert len(shell.json("clients", "import", str(file))["added"]) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anna,Room 1\n", "first line has to name the columns"),
        ("name,colour\nAnna,red\n", "no column “colour”"),
        ("name,Name\nAnna,Anna\n", "twice"),
        ("name\n\n", "no client"),
        ("name\n" + "Anna\n" * 501, "500 clients"),
    ],
)
def test_what_is_no_table_of_clients_is_told(shell: Shell, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text(text)
    refused = shell.run("clients", "import", str(file))
    assert (refused.returncode, words in refused.stderr) == (2, True), refused.stderr
    file.write_bytes(b"name\nJos\xe9\n")
    assert "UTF-8" in shell.run("clients", "import", str(file)).stderr


def test_at_a_site_elsewhere_an_admin_proves_who_it_is(tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("name,admin\nAnna,yes\nBruno,no\n")
    with serving(tmp_path / "home") as served:
        shell = served.machine(tmp_path / "other")
        password = ("--password-file", str(shell.password_file))
        site = ("--site", served.address)
        assert shell.run(*site, "login", "--username", "service", *password).returncode == 0
        added = shell.json(*site, *password, "clients", "import", str(file))["added"]
        assert [each["name"] for each in added] == ["Anna", "Bruno"]
        listed = served.console.json("clients", "list", "--admins")["clients"]
        assert {client["name"] for client in listed} == {"Anna", "Service"}
        assert table(shell.run(*site, "clients", "export").stdout)[0]["state"] == "pending"

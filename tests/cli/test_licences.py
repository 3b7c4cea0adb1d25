"""``vestibule licences`` and ``code list`` as a script uses them."""

from __future__ import annotations

from tests.cli.shell import Shell


def test_licences_are_added_listed_and_removed(shell: Shell) -> None:
    added = shell.json("licences", "add", "vst-10", "--component", "Clients", "--seats", "1")
    assert (added["code"], added["component"], added["seats"]) == ("VST-10", "Clients", 1)
    assert shell.run("licences", "add", "VST-10", "--component", "x", "--seats", "0").returncode == 5
    assert shell.run("licences", "add", "a b", "--component", "x", "--seats", "0").returncode == 1
    assert shell.run("licences", "add", "ABCD", "--component", "x").returncode == 2
    for name in ("Anna", "Marc"):
        shell.json("clients", "add", name, "--code-minutes", "0")
    listed = shell.run("licences", "list")
    assert listed.stdout == "Code    Seats  Component\nVST-10  1      Clients\n"
    assert listed.stderr == "2 clients of 1 seat – 1 more than licensed\n"
    document = shell.json("licences", "list")
    assert document == {"licences": [added], "seats": 1, "clients": 2, "next": None}
    assert shell.json("licences", "remove", "vst-10") == {"removed": added["id"]}
    assert shell.run("licences", "remove", "vst-10").returncode == 3
    assert shell.json("audit", "verify")["ok"]


def test_codes_that_are_out_are_listed(shell: Shell) -> None:
    added = shell.json("clients", "add", "Anna [b]", "--profile", "Room 12")
    shell.json("clients", "add", "Marc", "--code-minutes", "10")
    listed = shell.json("code", "list")
    assert [code["name"] for code in listed["codes"]] == ["Marc", "Anna [b]"]
    assert listed["codes"][1]["label"] == added["code"]["code"]
    assert listed["next"] is None
    lines = shell.run("code", "list").stdout.splitlines()
    assert lines[0].split() == ["Code", "Ends", "Left", "Id", "Client"]
    assert lines[2].startswith(added["code"]["code"])
    assert lines[2].endswith("Anna [b] · Room 12")
    shell.json("code", "revoke", "Marc")
    assert len(shell.json("code", "list")["codes"]) == 1

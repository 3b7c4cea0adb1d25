"""``vestibule cloud`` as the operator of a cloud, an installer and an uploader use it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell
from vestibule.signatures import public_key, read_key


def test_the_operator_lets_sites_register(shell: Shell, tmp_path: Path) -> None:
    added = shell.run("cloud", "sites", "add", "tk-000815")
    assert added.returncode == 0
    assert len(added.stdout.strip().replace("-", "")) == 20
    again = shell.run("cloud", "sites", "add", "TK-000815")
    assert (again.returncode, again.stdout) == (5, "")
    (tmp_path / "given").write_text("seven quiet rivers under glass\n")
    given = ("--cloud-password-file", str(tmp_path / "given"))
    assert shell.json("cloud", "sites", "reset", "TK-000815", *given)["password"].startswith("seven")
    (listed,) = shell.json("cloud", "sites", "list")["sites"]
    assert (listed["serial"], listed["newest"], listed["registered_at"]) == ("TK-000815", 0, None)
    assert "TK-000815" in shell.run("cloud", "sites", "list").stdout
    assert shell.run("cloud", "sites", "remove", "TK-000815").returncode == 0
    assert shell.run("cloud", "sites", "remove", "TK-000815").returncode == 3
    assert shell.run("cloud", "sites", "add", "x").returncode == 1


def test_an_uploader_is_known_by_his_key(shell: Shell, tmp_path: Path) -> None:
    made = shell.run("cloud", "keygen", str(tmp_path / "key"))
    key = made.stdout.strip()
    assert key == public_key(read_key(tmp_path / "key"))
    assert shell.run("cloud", "keygen", str(tmp_path / "key")).returncode == 2
    added = shell.json("cloud", "signers", "add", "Karin", key)
    assert (added["name"], added["key"]) == ("Karin", key)
    assert shell.run("cloud", "signers", "add", "Karin", "no key").returncode == 1
    grouped = shell.run("cloud", "signers", "list").stdout.split()[-1]
    assert grouped.replace("-", "") == added["fingerprint"]
    assert shell.run("cloud", "signers", "remove", grouped).returncode == 0
    assert shell.json("cloud", "signers", "list")["signers"] == []


def test_what_is_missing_is_said(shell: Shell) -> None:
    assert shell.json("cloud", "status")["state"] == "off"
    assert shell.run("cloud", "link").returncode == 1
    assert "--cloud" in shell.run("cloud", "find", "TK-000815").stderr
    assert shell.run("cloud", "find", "https://cloud.example/x").returncode == 2
    assert shell.run("cloud", "download", "TK-000815", "--json").returncode == 2

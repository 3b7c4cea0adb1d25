"""Looking after a site on its own machine: unlock, doctor, the whole record."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from unittest.mock import patch

from tests.cli.shell import Shell
from tests.net.certificates import made
from tests.sites import PASSWORD
from vestibule.config import folders
from vestibule.models import SignIn
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem
from vestibule.server.certificates import own as own_certificate


def sign_in(shell: Shell, *passwords: str) -> list[str]:
    """What comes of each."""

    async def work() -> list[str]:
        done = []
        async with open_site(folders({"VESTIBULE_HOME": str(shell.home)}), "") as api:
            for password in passwords:
                try:
                    await api.sign_in(SignIn(mode="password", username="service", password=password))
                    done.append("in")
                except ApiProblem as refused:
                    done.append(refused.problem.code)
        return done

    return asyncio.run(work())


def count(shell: Shell, key: str, failures: int) -> None:
    with closing(sqlite3.connect(shell.home / "state" / "site.db")) as database, database:
        database.execute(
            "INSERT INTO throttle (key, failures, blocked_until) VALUES (?, ?, 0)", (key, failures)
        )


def test_who_was_kept_waiting_is_let_in(shell: Shell) -> None:
    assert sign_in(shell, *["wrong"] * 5, PASSWORD)[-1] == "too_many_attempts"
    guest = shell.json("clients", "add", "Guest", "--external")
    assert shell.json("unlock", "Guest")["forgiven"] == 0
    assert shell.json("unlock", "service")["forgiven"] == 2
    assert sign_in(shell, PASSWORD) == ["in"]
    count(shell, "code:192.0.2.1", 5)
    count(shell, f"factor:app:{guest['id']}", 100)
    count(shell, f"factor:sms:{guest['id']}", 99)
    assert shell.json("unlock", "--all") == {"forgiven": 2, "factor_disabled": True}
    assert shell.json("audit", "verify")["ok"]
    assert shell.run("unlock").returncode == 2


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(shell: Shell) -> None:
    well = shell.json("doctor")
    assert well["ok"]
    names = [check["name"] for check in well["checks"]]
    of_the_site = ["audit", "server_version", "clock", "vault_key", "sms_gateway", "cloud"]
    assert names == ["files", "database", *of_the_site]
    with closing(sqlite3.connect(shell.home / "state" / "site.db")) as database, database:
        database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 1")
    loose = shell.home / "state" / "staged"
    loose.touch(mode=0o644)
    ill = shell.run("doctor", "--json")
    assert ill.returncode == 1
    wrong = {
        check["name"]: check["words"] for check in json.loads(ill.stdout)["checks"] if check["ok"] is False
    }
    assert wrong.keys() == {"files", "audit"}
    assert "chmod" in wrong["files"]
    config = shell.home / "config"
    config.mkdir()
    own_certificate(shell.home / "state", [])
    shell.run("system", "set", "cloud", "on")
    shell.run("system", "upload")
    found = {check["name"]: check for check in json.loads(shell.run("doctor", "--json").stdout)["checks"]}
    assert found["certificate"]["ok"]
    assert "2120" in found["certificate"]["words"]
    assert not found["cloud"]["ok"]
    assert "config.toml" in found["cloud"]["words"]
    (config / "config.toml").write_text('[serve]\ncertificate = "/nowhere.pem"\n')
    assert "/nowhere.pem" in shell.run("doctor").stdout
    ending = made(config, "haus.example", days=10).pem
    ending.chmod(0o600)
    (config / "config.toml").write_text(f'[serve]\ncertificate = "{ending}"\n')
    assert "Renew it" in shell.run("doctor").stdout
    (config / "config.toml").write_text("[serve]\nhots = 1\n")
    assert "hots" in shell.run("doctor").stdout
    (shell.home / "state" / "site.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert shell.run("doctor").returncode == 1


def test_the_whole_record_is_written_line_by_line(shell: Shell) -> None:
    for number in range(3):
        shell.json("clients", "add", f"Guest {number}")
    with patch("vestibule.remote.audit_file.PAGE", 2):
        rows = [json.loads(line) for line in shell.run("audit", "export").stdout.splitlines()]
    assert rows == shell.json("audit", "list", "--limit", "200")["rows"]
    assert len(rows) > 4


def test_the_record_is_asked_for_by_client_action_time_and_words(shell: Shell) -> None:
    shell.json("clients", "add", "Anna Rossi")
    shell.json("code", "revoke", "Anna Rossi")
    kept = shell.json("audit", "verify")["head"]

    def listed(*options: str) -> list[str]:
        return [row["action"] for row in shell.json("audit", "list", *options)["rows"]]

    assert listed("--client", "Anna Rossi", "--action", "code") == ["code.revoked", "code.issued"]
    assert listed("--filter", "rossi revoked", "--since", "2026-01-01") == ["code.revoked"]
    assert listed("--refused") == []
    assert shell.run("audit", "list", "--since", "noon").returncode == 1
    assert shell.run("audit", "list", "--client", "Nobody").returncode == 3
    assert "Anna Rossi" in shell.run("audit", "list", "--limit", "1").stdout
    assert shell.json("audit", "verify", "--head", kept)["ok"]
    # Cut short, it would prove nothing.
    assert shell.run("audit", "verify", "--head", kept[:-1]).returncode == 2

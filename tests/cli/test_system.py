"""``vestibule system`` as a script uses it."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

from tests.cli.shell import Shell
from tests.terminal.pty_terminal import Terminal


def test_staged_shown_uploaded_and_listed(shell: Shell, tmp_path: Path) -> None:
    shown = shell.json("system", "show")
    assert (shown["version"], shown["settings"]["client_port"]) == (1, 7550)
    assert shown["settings"]["vnc_password"] == {"set": False}
    secret = tmp_path / "secret"
    secret.write_text("geheim1\n")
    for arguments in (("client_port", "7551"), ("cloud", "on"), ("latitude", "-33.5"), ("location", "Bern")):
        assert shell.run("system", "set", *arguments).returncode == 0
    assert shell.run("system", "set", "vnc_password", "--value-file", str(secret)).returncode == 0
    assert shell.run("system", "revert", "location").returncode == 0
    assert shell.run("system", "revert", "location").returncode == 3
    diff = shell.json("system", "diff")
    assert diff["base"] == 1
    assert diff["changes"]["vnc_password"] == {"old": {"set": False}, "new": {"set": True}}
    assert list(diff["changes"]) == ["latitude", "client_port", "vnc_password", "cloud"]
    assert "geheim1" not in shell.run("system", "diff").stdout
    assert shell.json("system", "upload", "--note", "first") == {"version": 2}
    shown = shell.json("system", "show")
    assert (shown["version"], shown["settings"]["client_port"]) == (2, 7551)
    assert shown["settings"]["vnc_password"] == {"set": True}
    assert shell.json("system", "diff") == {"base": None, "changes": {}, "package": None}
    history = shell.json("system", "history")
    assert history["next"] is None
    assert [(row["version"], row["note"]) for row in history["versions"]] == [(2, "first"), (1, "")]
    assert set(history["versions"][0]) == {"version", "at", "by", "note"}
    assert shell.run("system", "history").stdout.splitlines()[1].split()[-1] == "first"
    assert shell.run("system", "upload").returncode == 1
    assert shell.json("system", "restore", "1") == {"version": 3}
    assert shell.run("system", "restore", "99").returncode == 3
    assert shell.json("audit", "verify")["ok"]


def test_what_is_staged_is_a_json_document_too(shell: Shell, tmp_path: Path) -> None:
    staged = shell.json("system", "set", "location", "Basel")
    assert staged["changes"] == {"location": {"old": "", "new": "Basel"}}
    assert shell.json("system", "revert")["changes"] == {}
    file = tmp_path / "site.vestibule"
    assert shell.json("system", "export", "1", str(file)) == {"version": 1, "file": str(file)}
    assert shell.json("system", "import", str(file)) == {"staged": [], "package": None}


def test_bad_values_are_refused_at_once(shell: Shell) -> None:
    bad = (
        ("client_port", "70000", 1),
        ("latitude", "91", 1),
        ("local_ip", "300.1.1.1", 1),
        ("cloud", "perhaps", 1),
        ("colour", "red", 1),
        ("system_name", "", 1),
        ("vnc_password", "geheim1", 2),  # where everybody sees it
    )
    for key, value, code in bad:
        done = shell.run("system", "set", key, value)
        assert (done.returncode, done.stdout) == (code, ""), key
        assert done.stderr.strip().endswith((".", "show")), done.stderr
    assert shell.run("system", "set", "client_port").returncode == 2
    piped = shell.process("system", "set", "vnc_password", "-", given="x\n")
    assert (piped.returncode, piped.stdout) == (1, "")
    assert shell.json("system", "diff")["changes"] == {}


def test_somebody_else_was_first(shell: Shell) -> None:
    shell.run("system", "set", "location", "Bern")
    shell.run("system", "set", "server_type", "G2")
    staged = {path: path.read_bytes() for path in (shell.home / "state").glob("staged-*")}
    shell.run("system", "revert")
    shell.run("system", "set", "location", "Chur")
    assert shell.json("system", "upload") == {"version": 2}
    for path, data in staged.items():
        path.write_bytes(data)
        path.chmod(0o600)
    done = shell.run("system", "upload", "--json")
    assert (done.returncode, done.stdout) == (5, "")
    assert [line.split() for line in done.stderr.splitlines() if line.startswith("location")] == [
        ["location", "–", "Chur", "Bern"]
    ]
    assert set(shell.json("system", "diff")["changes"]) == {"location", "server_type"}
    assert shell.json("system", "upload", "--take", "theirs") == {"version": 3}
    settings = shell.json("system", "show")["settings"]
    assert (settings["location"], settings["server_type"]) == ("Chur", "G2")


def test_a_package_goes_out_and_comes_back(shell: Shell, tmp_path: Path) -> None:
    firmware, file = tmp_path / "fw.bin", tmp_path / "x.vestibule"
    firmware.write_bytes(os.urandom(500_000))
    assert shell.json("system", "upload", "--package", str(firmware)) == {"version": 2}
    assert shell.run("system", "upload", "--package", str(tmp_path / "gone")).returncode == 2
    assert shell.run("system", "export", "2", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shell.run("system", "export", "2", str(file)).returncode == 5
    assert shell.run("system", "export", "1", str(file), "--force").returncode == 0
    assert shell.run("system", "export", "2", str(file), "--force").returncode == 0
    shell.json("system", "restore", "1")
    assert shell.run("system", "import", str(file)).returncode == 0
    assert shell.json("system", "diff")["package"].endswith("/fw.bin")
    assert shell.json("system", "upload") == {"version": 4}
    (tmp_path / "bad.vestibule").write_bytes(file.read_bytes()[:-50])
    done = shell.run("system", "import", str(tmp_path / "bad.vestibule"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no .vestibule file" in done.stderr


def test_hooks_are_waited_for(shell: Shell) -> None:
    hooks = shell.home / "config" / "hooks"
    hooks.mkdir(mode=0o700, parents=True)
    hook = hooks / "10-slow"
    hook.write_text("#!/bin/sh\ncat > /dev/null\nsleep 0.5\nprintf 'd\\033[31mone\\n'\n")
    hook.chmod(0o700)
    shell.run("system", "set", "location", "Bern")
    done = shell.run("system", "upload", "--json")
    assert json.loads(done.stdout) == {"version": 2}
    assert "10-slow: done in " in done.stderr
    assert "d<001B>[31mone" in done.stderr


def test_ctrl_c_stops_cleanly_and_a_person_sees_how_far_it_is(shell: Shell, tmp_path: Path) -> None:
    firmware = tmp_path / "fw.bin"
    with firmware.open("wb") as file:
        file.truncate(300_000_000)
    command = shell.command("system", "upload", "--package", str(firmware))
    with Terminal(command, env={**shell.environ, "HOME": str(tmp_path)}, columns=80, rows=10) as terminal:
        terminal.wait_for("[#", timeout=60)
        terminal.signal(signal.SIGINT)
        assert terminal.wait_exit(60) == 130
        terminal.wait_for(lambda shown: "Stopped. Nothing was changed" in shown.text)
    assert shell.json("system", "show")["version"] == 1
    assert shell.json("system", "diff")["package"] == str(firmware)

"""Apply hooks: who is told secrets, who is stopped, and what is kept of their words."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from vestibule.access import hooks, project, settings
from vestibule.access.hook_runner import HookRunner, run_hook
from vestibule.access.principal import console
from vestibule.models import HookResult, SystemChange
from vestibule.store.engine import Store
from vestibule.store.schema import audit

SECRET = 'ge"heim\\1'
EXAMPLE = Path(hooks.__file__).parents[1] / "hooks" / "vnc-password"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hooks").mkdir(mode=0o700)
    return tmp_path / "hooks"


@pytest.fixture
def runner(store: Store, folder: Path) -> Iterator[HookRunner]:
    made = HookRunner(store, folder, lambda: None)
    yield made
    made.close()


def write(folder: Path, name: str, script: str, mode: int = 0o700) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return path


def upload(store: Store, runner: HookRunner, folder: Path, **changes: object) -> list[HookResult]:
    with store.read() as tx:
        version = settings.newest(tx).number
    change = SystemChange(settings=dict(changes))
    made = project.upload(store, console(), version, change, folder / "none", runner.plan)
    runner.run(made.version)
    return wait_for(lambda: results(store, made.version), lambda said: not any(one.running for one in said))


def results(store: Store, version: int) -> list[HookResult]:
    with store.read() as tx:
        return list(hooks.results(tx, [version])[version])


def wait_for(
    look: Callable[[], list[HookResult]], enough: Callable[[list[HookResult]], bool]
) -> list[HookResult]:
    deadline = time.monotonic() + 15
    while not enough(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


@pytest.mark.on_both_databases
def test_they_run_by_name_with_the_new_settings(store: Store, runner: HookRunner, folder: Path) -> None:
    write(folder, "20-second", f"cat > {folder}/told; date +%s%N > {folder}/second; pwd; env | sort")
    write(folder, "10-first", f"date +%s%N > {folder}/first; echo oh no >&2; exit 3")
    write(folder, ".hidden", "echo never")
    write(folder, "notes.txt", "echo never", 0o600)
    first, second = upload(store, runner, folder, location="Zürich")
    assert (first.hook, first.exit, first.output) == ("10-first", 3, "oh no\n")
    assert (second.hook, second.exit) == ("20-second", 0)
    names = [line.partition("=")[0] for line in second.output.splitlines()]
    assert names[0] == "/"
    assert set(names[1:]) <= {"HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "_"}
    assert int((folder / "first").read_text()) < int((folder / "second").read_text())
    told = json.loads((folder / "told").read_text())
    assert (told["version"], told["changed"], told["settings"]["location"]) == (2, ["location"], "Zürich")
    with store.read() as tx:
        rows = tx.connection.execute(select(audit.c.outcome).where(audit.c.action == "hook.ran")).scalars()
        assert list(rows) == ["hook_failed", "ok"]


def test_secrets_only_for_hooks_that_their_owner_alone_may_write(
    store: Store, runner: HookRunner, folder: Path
) -> None:
    script = f'cat > {folder}/told-"$(basename "$0")"'
    write(folder, "group", script, 0o770)
    write(folder, "safe", script)
    upload(store, runner, folder, cloud_password=SECRET)
    assert "secrets" not in json.loads((folder / "told-group").read_text())
    assert json.loads((folder / "told-safe").read_text())["secrets"] == {
        "vnc_password": "",
        "cloud_password": SECRET,
    }
    folder.chmod(0o770)
    upload(store, runner, folder, location="Bern")
    assert "secrets" not in json.loads((folder / "told-safe").read_text())


def test_a_link_is_as_safe_as_what_it_leads_to(tmp_path: Path, folder: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    loose.chmod(0o777)
    (folder / "link").symlink_to(write(loose, "hook", "true"))
    assert not hooks.may_have_secrets(folder / "link")
    loose.chmod(0o755)
    assert hooks.may_have_secrets(folder / "link")


def test_a_secret_in_the_output_becomes_dots(store: Store, runner: HookRunner, folder: Path) -> None:
    write(folder, "talkative", f"cat; printf '\n%s' '{SECRET}!'; yes x | head -c 4050; printf %s '{SECRET}'")
    (said,) = upload(store, runner, folder, cloud_password=SECRET)
    assert "heim" not in said.output
    assert "••••" in said.output
    assert len(said.output.encode()) <= hooks.OUTPUT_KEPT + 64


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_no_half_of_a_secret_survives_the_cut(before: int) -> None:
    output = b"a" * before + b"geheimnis" + b"b" * (hooks.OUTPUT_KEPT - 4 - before // 7)
    kept = hooks.masked(output[-hooks.tail_needed(["geheimnis"]) :], ["geheimnis"])
    assert not any(part in kept for part in ("geh", "nis", "eim"))


def test_one_that_takes_too_long_is_stopped_with_all_it_started(
    store: Store, runner: HookRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "TIME_LIMIT", 0.5)
    monkeypatch.setattr("vestibule.access.hook_runner._TERM_SECONDS", 0.3)
    script = f"trap '' TERM; (trap '' TERM; sleep 60) & echo $! > {folder}/child; echo begun; wait; sleep 60"
    write(folder, "slow", script)
    (said,) = upload(store, runner, folder, location="Bern")
    assert said.exit is None
    assert 0.5 < said.seconds < 5
    assert said.output == "begun\n\nStopped: it took too long."
    assert not _alive(int((folder / "child").read_text()))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_it_leaves_running_does_not_hold_it_up(folder: Path) -> None:
    hook = write(folder, "daemon", "sleep 20 & echo started")
    outcome = run_hook(hook, b"{}", 100, threading.Event())
    assert (outcome.exit, outcome.output) == (0, b"started\n")
    assert outcome.seconds < 5


def test_one_that_floods_or_does_not_listen_costs_no_memory(folder: Path) -> None:
    hook = write(folder, "flood", "exec <&-; head -c 50000000 /dev/zero; echo end")
    outcome = run_hook(hook, b"x" * 1_000_000, 100, threading.Event())
    assert outcome.exit == 0
    assert len(outcome.output) == 100
    assert outcome.output.endswith(b"end\n")


def test_one_that_cannot_be_run_says_so(store: Store, runner: HookRunner, folder: Path) -> None:
    (folder / "broken").write_text("#!/no/such/interpreter\n")
    (folder / "broken").chmod(0o700)
    (said,) = upload(store, runner, folder, location="Bern")
    assert said.exit == 126
    assert "Cannot be run" in said.output


def test_closing_stops_what_runs(store: Store, folder: Path) -> None:
    runner = HookRunner(store, folder, lambda: None)
    write(folder, "a-slow", "sleep 60")
    write(folder, "b-next", "true")
    change = SystemChange(settings={"location": "Bern"})
    project.upload(store, console(), 1, change, folder / "none", runner.plan)
    runner.run(2)
    began = time.monotonic()
    runner.close(patience=0.2)
    assert time.monotonic() - began < 5
    outputs = [said.output.strip() for said in results(store, 2)]
    assert outputs == ["Stopped: the server stopped.", "Not run: the server stopped."]


def test_the_example_writes_a_password_file(
    store: Store, runner: HookRunner, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stand-in for vncpasswd that reads the password as -f does.
    tool = write(tmp_path, "vncpasswd", '[ "$1" = -f ] && read -r typed && printf "<%s>" "$typed"', 0o755)
    script = EXAMPLE.read_text().replace("vncpasswd -f", f"{tool} -f").replace("-v vncpasswd", f"-v {tool}")
    (folder / "vnc-password").write_text(script)
    (folder / "vnc-password").chmod(0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    (said,) = upload(store, runner, folder, vnc_password="hunter22")
    written = tmp_path / ".vnc" / "passwd"
    assert (said.exit, said.output) == (0, f"Wrote {written}.\n")
    assert written.read_text() == "<hunter22>"
    assert written.stat().st_mode & 0o777 == 0o600
    upload(store, runner, folder, vnc_password="")
    assert not written.exists()
    os.chmod(folder / "vnc-password", 0o720)
    (said,) = upload(store, runner, folder, vnc_password="hunter23")
    assert said.exit == 1

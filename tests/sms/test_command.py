"""A program as gateway: what it is told and how, and that nothing of it outlives its time."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.sms.smsd import wait_until
from vestibule.sms.channel import Message, Progress, Receipt
from vestibule.sms.command import CommandChannel
from vestibule.sms.kinds import Command

ONE = Message("00112233445566ff", "+41791234567", "Code 481516 für €", "Haus; rm -rf $HOME", 600)


def channel(folder: Path, script: str, *more: str, limit: float = 5.0) -> CommandChannel:
    path = folder / "send"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return CommandChannel(Command(argv=(str(path), *more), time_limit=limit))


def test_it_is_told_the_text_on_stdin_only(tmp_path: Path) -> None:
    script = (
        f"cat > {tmp_path}/text; tr '\\0' '\\n' < /proc/$$/cmdline > {tmp_path}/argv; env > {tmp_path}/env"
    )
    made = channel(tmp_path, script, "--to={to}", "{to_00}", "{sender}", "{ref}", "{seconds}", "{unknown")
    assert made.send(ONE) == Receipt(Progress.SENT)
    assert (tmp_path / "text").read_text() == ONE.text
    argv = (tmp_path / "argv").read_text().splitlines()[2:]
    assert argv == ["--to=+41791234567", "0041791234567", "Haus; rm -rf $HOME", ONE.ref, "600", "{unknown"]
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {"HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "_"}


def test_its_exit_status_decides(tmp_path: Path) -> None:
    busy = channel(tmp_path, "echo first >&2; echo 'modem  busy' >&2; echo >&2; exit 75").send(ONE)
    assert busy == Receipt(Progress.FAILED, reason="modem busy", again=True)
    bad = channel(tmp_path, 'read -r text; echo "no: $text 4815" >&2; exit 1').send(ONE)
    assert bad == Receipt(Progress.FAILED, reason="no: •••• ••••")
    assert channel(tmp_path, "exit 3").send(ONE).reason == "it ended with status 3"
    assert channel(tmp_path, "kill -9 $$").send(ONE).reason == "it was ended by signal 9"
    flood = channel(tmp_path, "yes x | head -c 20000000 >&2; printf %0500d 7 >&2; exit 1").send(ONE)
    assert flood.reason == "0" * 199 + "…"
    assert channel(tmp_path, "exec <&-; exit 0").send(ONE).progress is Progress.SENT


def test_one_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    child = f"(trap '' TERM; exec >&- 2>&-; sleep 30) & echo $! > {tmp_path}/child"
    script = f"trap '' TERM; {child}; sleep 30; sleep 30"
    began = time.monotonic()
    told = channel(tmp_path, script, limit=0.6).send(ONE)
    assert 0.5 < time.monotonic() - began < 1.5
    assert told == Receipt(Progress.FAILED, reason="it took longer than 0.6 s", again=True)
    process = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    wait_until(lambda: not process.exists() or process.read_text().rpartition(")")[2].split()[0] == "Z", 2)


def test_what_it_leaves_running_does_not_hold_it_up(tmp_path: Path) -> None:
    began = time.monotonic()
    made = channel(tmp_path, f"sleep 20 & echo $! > {tmp_path}/child")
    assert made.send(ONE).progress is Progress.SENT
    assert time.monotonic() - began < 2
    os.kill(int((tmp_path / "child").read_text()), 9)


def test_one_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    made = CommandChannel(Command(argv=(str(tmp_path / "none"),)))
    assert made.send(ONE) == Receipt(Progress.FAILED, reason="cannot be run: No such file or directory")
    assert made.check() == "The command cannot be run."
    assert channel(tmp_path, "exit 0").check() == ""
    assert json.dumps(made.follow(ONE.ref, "").reason)

"""The file for trying out: for us alone, and no line longer than its message's life."""

from __future__ import annotations

import fcntl
import json
import threading
from pathlib import Path

import pytest

from vestibule.sms.channel import Message, Progress, Receipt
from vestibule.sms.file import FileChannel
from vestibule.sms.kinds import File


def message(number: int) -> Message:
    return Message(f"{number:016x}", "+41791234567", f"Código «{number:06}»\nzwei", "Haus", 600)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "messages"


def test_a_message_is_a_line_until_it_is_withdrawn(path: Path) -> None:
    channel = FileChannel(File(path=path))
    channel.withdraw(message(1).ref)
    assert not path.exists()
    assert channel.check() == ""
    for number in (1, 2, 3):
        assert channel.send(message(number)) == Receipt(Progress.SENT)
    assert path.stat().st_mode & 0o777 == 0o600
    channel.withdraw(message(2).ref)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["ref"] for line in lines] == [message(1).ref, message(3).ref]
    assert lines[0] == {"ref": f"{1:016x}", "to": "+41791234567", "sender": "Haus", "text": message(1).text}
    assert "000002" not in path.read_text()
    channel.withdraw(message(1).ref)
    channel.withdraw(message(3).ref)
    assert path.read_bytes() == b""


def test_many_at_once_lose_nothing(path: Path) -> None:
    def work(first: int) -> None:
        channel = FileChannel(File(path=path))
        for number in range(first, first + 20):
            channel.send(message(number))
            if number % 2:
                channel.withdraw(message(number).ref)

    threads = [threading.Thread(target=work, args=(100 * place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refs = sorted(int(json.loads(line)["ref"], 16) for line in path.read_text().splitlines())
    assert refs == [100 * place + number for place in range(6) for number in range(0, 20, 2)]


def test_a_file_that_others_read_or_that_leads_elsewhere_is_refused(path: Path) -> None:
    path.touch(0o644)
    channel = FileChannel(File(path=path))
    told = channel.send(message(1))
    assert told == Receipt(Progress.FAILED, reason="the file cannot be written: others can read it")
    assert path.read_bytes() == b""
    assert channel.check() == "The file cannot be written: others can read it."
    path.unlink()
    path.symlink_to(path.with_name("elsewhere"))
    assert channel.send(message(1)).progress is Progress.FAILED
    assert not path.with_name("elsewhere").exists()
    gone = FileChannel(File(path=path.parent / "none" / "messages"))
    assert gone.send(message(1)).reason == "the file cannot be written: No such file or directory"


def test_one_that_is_held_is_waited_for_no_longer_than_allowed(path: Path) -> None:
    path.touch(0o600)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = FileChannel(File(path=path, time_limit=0.2)).send(message(1))
    reason = "the file cannot be written: another program holds it"
    assert told == Receipt(Progress.FAILED, reason=reason, again=True)

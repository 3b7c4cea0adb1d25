"""A modem's spool: files as gammu-smsd wants them, and what becomes of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.needs import needs
from tests.sms.modem import Modem
from tests.sms.smsd import dummy, smsd, wait_until
from vestibule.sms.alphabet import parts
from vestibule.sms.channel import Message, Progress, Receipt
from vestibule.sms.kinds import Spool
from vestibule.sms.spool import SpoolChannel

NUMBER = "+41791234567"
ODD = "Code d’accès : 481516, reçu ✓ über"
LONG = "Grüezi! Ihr Code: {481516} € " + "é" * 165


def message(number: int, text: str) -> Message:
    return Message(f"{number:016x}", NUMBER, text, "Haus", 600)


def left(settings: Spool) -> list[str]:
    folders = (settings.outbox_folder, settings.sent_folder, settings.error_folder)
    return [name for folder in folders for name in os.listdir(folder)]


def outcome(channel: SpoolChannel, one: Message) -> Receipt:
    receipt = Receipt(Progress.QUEUED)

    def is_known() -> bool:
        nonlocal receipt
        receipt = channel.follow(one.ref, one.ref)
        return receipt.progress is not Progress.QUEUED

    wait_until(is_known)
    return receipt


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Folders without a daemon."""
    for name in ("outbox", "sent", "error"):
        (tmp_path / name).mkdir()
    return Spool(folder=tmp_path)


def test_a_file_is_whole_when_it_appears(spool: Spool) -> None:
    os.chown(spool.outbox_folder, -1, 65534)
    one = message(1, ODD)
    receipt = SpoolChannel(spool).send(one)
    assert receipt == Receipt(Progress.QUEUED, one.ref)
    (path,) = spool.outbox_folder.iterdir()
    assert path.name.startswith("OUTA")
    assert path.name.endswith(f"_00_{NUMBER}_{one.ref}.txt")
    assert path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert path.read_text("utf-16") == ODD
    assert (path.stat().st_mode & 0o777, path.stat().st_gid) == (0o660, 65534)


def test_a_flash_message_says_so_in_its_name(spool: Spool) -> None:
    SpoolChannel(Spool(folder=spool.folder, flash=True)).send(message(1, "x"))
    assert [path.name[-5:] for path in spool.outbox_folder.iterdir()] == [".txtf"]


def test_withdraw_leaves_others_alone(spool: Spool) -> None:
    channel, mine, other = SpoolChannel(spool), message(1, ODD), message(2, ODD)
    for one in (mine, other):
        channel.send(one)
        for folder, name in (
            (spool.sent_folder, "OUTC_00_+41_{}.txt_1"),
            (spool.error_folder, ".OUTC_{}.txtd"),
        ):
            (folder / name.format(one.ref)).write_text(ODD)
    channel.withdraw(mine.ref)
    assert len(left(spool)) == 3
    assert not any(mine.ref in name for name in left(spool))
    channel.withdraw(mine.ref)
    channel.withdraw("")
    channel.withdraw("*")
    assert len(left(spool)) == 3


def test_one_that_was_given_up_is_told_and_deleted(spool: Spool) -> None:
    channel, one = SpoolChannel(spool), message(1, ODD)
    channel.send(one)
    (path,) = spool.outbox_folder.iterdir()
    path.rename(spool.error_folder / path.name)
    told = channel.follow(one.ref, one.ref)
    assert (told.progress, told.again) == (Progress.FAILED, False)
    assert "gave up" in told.reason
    assert left(spool) == []
    assert "any more" in channel.follow(one.ref, one.ref).reason


def test_what_is_missing_is_said(spool: Spool, tmp_path: Path) -> None:
    assert SpoolChannel(spool).check() == ""
    (tmp_path / "pid").write_text("4194305\n")
    dead = Spool(folder=tmp_path, pid_file=tmp_path / "pid")
    assert SpoolChannel(dead).check() == "gammu-smsd does not run."
    (tmp_path / "pid").write_text(str(os.getpid()))
    assert SpoolChannel(dead).check() == ""
    SpoolChannel(spool).send(message(1, "x"))
    (path,) = spool.outbox_folder.iterdir()
    os.utime(path, (0, time.time() - 300))
    assert (
        SpoolChannel(spool).check() == "A message has waited 300 s in the outbox: gammu-smsd does not send."
    )
    spool.sent_folder.rmdir()
    assert SpoolChannel(spool).check() == "The spool folder sent does not exist."
    gone = SpoolChannel(Spool(folder=tmp_path / "none"))
    told = gone.send(message(1, ODD))
    assert (told.progress, told.again) == (Progress.FAILED, False)
    assert told.reason == "the outbox cannot be written: No such file or directory"
    assert gone.follow(f"{1:016x}", "").progress is Progress.FAILED
    gone.withdraw(f"{1:016x}")


@needs("gammu-smsd")
def test_the_daemon_sends_it_and_no_text_stays(tmp_path: Path) -> None:
    with smsd(tmp_path / "spool", dummy(tmp_path / "spool")) as settings:
        channel = SpoolChannel(settings)
        assert channel.check() == ""
        kept, followed = message(1, LONG), message(2, ODD)
        for one in (kept, followed):
            assert channel.send(one).progress is Progress.QUEUED
        wait_until(
            lambda: len(os.listdir(settings.sent_folder)) == 2 and not os.listdir(settings.outbox_folder)
        )
        (path,) = settings.sent_folder.glob(f"*{kept.ref}*")
        assert path.read_text("utf-16").rstrip("\0") == LONG
        assert channel.follow(followed.ref, followed.ref) == Receipt(Progress.SENT, followed.ref)
        assert os.listdir(settings.sent_folder) == [path.name]
        channel.withdraw(kept.ref)
        assert left(settings) == []
    for path in settings.folder.rglob("*"):
        if path.is_file() and "phone" not in path.parts:
            assert b"481516" not in path.read_bytes(), path


@needs("gammu-smsd")
def test_a_modem_gets_what_was_written_and_trouble_is_not_called_sent(tmp_path: Path) -> None:
    with (
        Modem() as modem,
        smsd(tmp_path / "s", f"device = {modem.port}\nmodel = at\nconnection = at115200", 9) as settings,
    ):
        channel = SpoolChannel(settings)
        odd, long = message(2, ODD), message(3, LONG)
        for one in (odd, long):
            channel.send(one)
        assert {outcome(channel, one).progress for one in (odd, long)} == {Progress.SENT}
        assert {part.number for part in modem.parts} == {NUMBER}
        assert [(part.text, part.alphabet) for part in modem.parts if part.of == 1] == [(ODD, "ucs2")]
        joined = sorted((part for part in modem.parts if part.of == 2), key=lambda part: part.at)
        assert "".join(part.text for part in joined) == LONG
        assert [(part.ref, part.alphabet) for part in joined] == [(joined[0].ref, "gsm7")] * 2
        assert parts(LONG).parts == len(joined)
        assert left(settings) == []

        modem.parts.clear()
        modem.refuse = 38  # the network is out of order
        late, withdrawn = message(4, "Code 111222"), message(5, "Code 333444")
        channel.send(late)
        wait_until(lambda: modem.refused)
        assert channel.follow(late.ref, late.ref).progress is Progress.QUEUED
        modem.refuse = 0
        assert outcome(channel, late).progress is Progress.SENT
        assert [part.text for part in modem.parts] == [late.text]

        modem.hang = True
        began = len(modem.said)
        channel.send(withdrawn)
        wait_until(lambda: any(line.startswith("AT+CMGS") for line in modem.said[began:]))
        assert channel.follow(withdrawn.ref, withdrawn.ref).progress is Progress.QUEUED
        channel.withdraw(withdrawn.ref)
        assert left(settings) == []
    assert left(settings) == []

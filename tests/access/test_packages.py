"""Packages arrive in pieces, in any order of misfortune, and are whole or not there."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import update

from vestibule.access import arrival, packages
from vestibule.access.arrival import Arrival
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.models import PACKAGE_LIMIT, PackageNew, PackageProgress
from vestibule.store.engine import Store
from vestibule.store.schema import package, project_version

DATA = os.urandom(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
NEW = PackageNew(sha256=SHA256, size=len(DATA), name="haus.tknx")


@pytest.fixture
def folder(store: Store) -> Path:
    return packages.folder_beside(store)


def begin(store: Store, new: PackageNew = NEW) -> PackageProgress:
    return arrival.begin(store, console(), packages.folder_beside(store), new)


def send(store: Store, data: bytes, offset: int = 0) -> PackageProgress:
    coming = Arrival(packages.folder_beside(store), SHA256, len(DATA), offset)
    try:
        coming.append(offset, data)
        return coming.finish(store, console())
    finally:
        coming.close()


def test_it_arrives_in_pieces_and_only_its_owner_may_read_it(store: Store, folder: Path) -> None:
    assert begin(store).received == 0
    assert send(store, DATA[:1000]).received == 1000
    assert begin(store).received == 1000
    assert send(store, DATA[1000:], 1000).received == len(DATA)
    assert packages.whole(folder, SHA256).read_bytes() == DATA
    assert packages.whole(folder, SHA256).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert begin(store).received == len(DATA)


def test_a_piece_that_does_not_follow_is_sent_to_where_it_should(store: Store) -> None:
    begin(store)
    send(store, DATA[:1000])
    with pytest.raises(Refused) as refused:
        send(store, DATA[500:], 500)
    assert (refused.value.code, refused.value.detail) == ("package_offset", "1000")


def test_a_damaged_package_is_thrown_away(store: Store, folder: Path) -> None:
    begin(store)
    with pytest.raises(Refused, match="package_damaged"):
        send(store, DATA[:-1] + bytes([DATA[-1] ^ 1]))
    assert list(folder.iterdir()) == []
    assert begin(store).received == 0


def test_the_last_byte_before_a_crash_is_enough(store: Store, folder: Path) -> None:
    begin(store)
    packages.part(folder, SHA256).write_bytes(DATA)
    assert begin(store).received == len(DATA)
    assert packages.whole(folder, SHA256).exists()


def test_more_bytes_than_announced_are_refused(store: Store) -> None:
    begin(store)
    with pytest.raises(Refused, match="package_too_large"):
        send(store, DATA + b"x")
    with pytest.raises(Refused, match="package_too_large"):
        begin(store, PackageNew(sha256="0" * 64, size=PACKAGE_LIMIT + 1, name="x"))
    with pytest.raises(Refused, match="package_other_size"):
        begin(store, PackageNew(sha256=SHA256, size=5, name="x"))


def test_of_many_who_upload_at_once_the_file_is_right(store: Store, folder: Path) -> None:
    begin(store)
    ended: list[str] = []

    def one() -> None:
        try:
            coming = Arrival(folder, SHA256, len(DATA), 0)
            for at in range(0, len(DATA), 1000):
                coming.append(at, DATA[at : at + 1000])
            coming.finish(store, console())
            ended.append("whole")
        except Refused as refused:
            ended.append(refused.code)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (here := begin(store).received) < len(DATA):
        send(store, DATA[here:], here)
    assert set(ended) <= {"whole", "package_offset"}
    assert packages.whole(folder, SHA256).read_bytes() == DATA


def test_a_full_disk_is_seen_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    free = packages.RESERVE + len(DATA) - 1
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(free))
    with pytest.raises(Refused, match="disk_full"):
        begin(store)


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.mark.parametrize("name", ["../site.db", "..", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_digest_is_unknown(store: Store, name: str) -> None:
    with store.write() as tx, pytest.raises(Refused, match="package_unknown"):
        packages.find(tx, name)


@pytest.mark.on_both_databases
def test_a_package_of_a_version_stays(store: Store, folder: Path) -> None:
    begin(store)
    send(store, DATA)
    with store.write() as tx:
        tx.connection.execute(update(project_version).values(package_sha256=SHA256))
        with pytest.raises(Refused, match="package_in_use"):
            packages.forget(tx, console(), folder, SHA256)
        tx.connection.execute(update(package).values(at=0))
    packages.sweep(store, folder)
    assert packages.whole(folder, SHA256).exists()
    with store.write() as tx:
        tx.connection.execute(update(project_version).values(package_sha256=None))
    packages.sweep(store, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.on_both_databases
def test_forgotten_and_lost_files_go(store: Store, folder: Path) -> None:
    begin(store)
    with store.write() as tx:
        packages.forget(tx, console(), folder, SHA256)
    assert list(folder.iterdir()) == []
    packages.part(folder, "f" * 64).write_bytes(b"left by a crash")
    packages.sweep(store, folder)
    assert list(folder.iterdir()) == []


def test_whoever_still_sends_a_forgotten_package_writes_nowhere(store: Store, folder: Path) -> None:
    begin(store)
    coming = Arrival(folder, SHA256, len(DATA), 0)
    with store.write() as tx:
        packages.forget(tx, console(), folder, SHA256)
    begin(store)
    with pytest.raises(Refused, match="package_unknown"):
        coming.append(0, DATA)
    coming.close()
    assert begin(store).received == 0

"""A site goes into one file while it is used, and comes back from it whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from sqlalchemy import Column, Table, select, update

from tests.access.people import STEP, Person, Time, person, stranger
from tests.cli.shell import Shell
from tests.sites import PASSWORD, SITE, Place, new_site
from vestibule.access import arrival, audit, backup, clients, project, sessions, signin
from vestibule.access.arrival import Arrival
from vestibule.access.backup_file import Part
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.access.restore import restore
from vestibule.config import Database, private_folder
from vestibule.models import ClientNew, PackageNew, SystemChange
from vestibule.store import schema
from vestibule.store.errors import StoreError
from vestibule.store.sealed_file import SealedReader, SealedWriter
from vestibule.two_factor_models import Method

if TYPE_CHECKING:
    from tests.postgres import Cluster

FILE = Database()
DATA = os.urandom(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
VOIDED = {"session", "code", "device", "recovery", "challenge", "factor", "site", "audit", "audit_head"}


def quiet(part: Part, done: int, whole: int) -> None:
    """Nobody looks."""


@dataclass
class Full:
    """A site with something in every corner."""

    place: Place
    anna: Person
    code: str
    device: str


@pytest.fixture
def full(tmp_path: Path) -> Full:
    place = Place(new_site(tmp_path / "full").state, FILE)
    store = place.open()
    folder = place.state / "packages"
    arrival.begin(store, console(), folder, PackageNew(sha256=SHA256, size=len(DATA), name="p.zip"))
    coming = Arrival(folder, SHA256, len(DATA), 0)
    coming.append(0, DATA)
    coming.finish(store, console())
    coming.close()
    settings = {"location": "Bern", "vnc_password": "hunter22", "automatic_authentication": True}
    change = SystemChange(settings, "Zoë’s", package=SHA256)
    project.upload(store, console(), 1, change, folder, lambda tx, version: None)
    tls = private_folder(place.state / "tls")
    for name in ("key.pem", "certificate.pem"):
        (tls / name).touch(mode=0o600)
        (tls / name).write_text(name)
    with store.write() as tx:
        first = clients.add(tx, console(), ClientNew(name="Guest"), "").code
        waiting = clients.add(tx, console(), ClientNew(name="Ünal"), "").code
    assert first is not None
    assert waiting is not None
    device = signin.by_code(store, stranger(), first.code, "Guest", "tablet")
    assert isinstance(device, sessions.Opened)
    anna = person(store, Time(store))
    anna.enrol()
    store.close()
    return Full(place, anna, waiting.code, device.device_token or "")


@pytest.fixture
def there(postgres: Cluster) -> Iterator[Database]:
    """An empty PostgreSQL."""
    with postgres.empty() as database:
        yield database


def rows_of(place: Place, without: set[str]) -> dict[str, set[str]]:
    store = place.open()
    with store.read() as tx:
        found = {
            table.name: {repr(row) for row in tx.connection.execute(select(*_columns(table)))}
            for table in schema.metadata.sorted_tables
            if table.name not in without
        }
        assert audit.verify(tx).ok
    store.close()
    return found


def _columns(table: Table) -> list[Column[Any]]:
    """Without those that follow from others: a code that is revoked ends no more."""
    return [column for column in table.columns if column.name not in ("rank", "ends_at")]


def make_while_somebody_comes(source: Place, file: Path) -> tuple[backup.Made, str]:
    """The backup, and the id of who came after it was begun."""
    served = source.open()
    written: list[str] = []

    def comes(part: Part, done: int, whole: int) -> None:
        if not written:
            with served.write() as tx:
                written.append(clients.add(tx, console(), ClientNew(name="Late"), "").id)

    made = backup.make(source.state, source.database, file, None, comes)
    served.close()
    return made, written[0]


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_of_it_comes_back_whatever_keeps_it_while_others_write(
    full: Full, there: Database, tmp_path: Path
) -> None:
    """From a file into PostgreSQL, and from there into a file."""
    elsewhere, again = Place(tmp_path / "elsewhere", there), Place(tmp_path / "again", FILE)
    for source, target in ((full.place, elsewhere), (elsewhere, again)):
        before = rows_of(source, VOIDED)
        file = tmp_path / f"{target.state.name}.backup"
        made, late = make_while_somebody_comes(source, file)
        assert made.verdict.ok
        assert hashlib.sha256(file.read_bytes()).hexdigest() == made.sha256
        assert file.stat().st_mode & 0o777 == 0o600
        done = restore(target.state, target.database, file, None, quiet, unchanged=True)
        assert done.manifest.head == made.verdict.head
        assert rows_of(target, VOIDED) == before
        assert late not in str(rows_of(target, set()))
        kept = {name: data for name, data in files_in(source.state).items() if "site.db" not in name}
        kept = {name: data for name, data in kept.items() if not name.startswith(".")}
        found = files_in(target.state)
        assert {name: found[name] for name in kept} == kept
        with pytest.raises(Refused, match="site_exists"):
            restore(target.state, target.database, file, None, quiet)
    restored = [row for row in rows_of(again, set())["audit"] if "site.restored" in row]
    assert len(restored) == 2
    assert made.verdict.head in "".join(restored)


def test_nothing_that_may_be_over_comes_back(full: Full, tmp_path: Path) -> None:
    file = tmp_path / "file.backup"
    backup.make(full.place.state, FILE, file, None, quiet)
    place = Place(tmp_path / "back", FILE)
    done = restore(place.state, FILE, file, None, quiet)
    assert (done.voided.codes, done.voided.devices, done.voided.recovery_codes) == (1, 1, 1)
    store = place.open()
    anna = full.anna
    anna.store = store
    with store.read() as tx:
        now = tx.now
    anna.time = Time(store)
    anna.time.now = now
    assert anna.opened is not None
    with pytest.raises(Refused, match="session_ended"):
        anna.who(anna.opened)
    with pytest.raises(Refused, match="code_revoked"):
        signin.by_code(store, stranger(), full.code, "Somebody", None)
    with pytest.raises(Refused, match="device_unknown"):
        signin.by_device(store, stranger(), full.device)
    for steps in (-1, 0, 1):
        with pytest.raises(Refused, match="factor_code_used"):
            anna.answer(anna.code(steps))
    with pytest.raises(Refused, match="factor_unknown"):
        anna.answer(anna.recovery_code, Method.RECOVERY)
    anna.time.forward(3 * STEP)
    assert anna.who(anna.answer(anna.code())).client_id == anna.client_id
    store.close()


def test_stopped_in_the_middle_nothing_is_left(full: Full, there: Database, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file.backup"
    file.parent.mkdir()
    for stop_at in (Part.ROWS, Part.BYTES):

        def stop(part: Part, done: int, whole: int, stop_at: Part = stop_at) -> None:
            if part is stop_at and done > whole // 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            backup.make(full.place.state, FILE, file, None, stop)
        assert list(file.parent.iterdir()) == []
        assert not list(full.place.state.glob(".setup-*"))
    backup.make(full.place.state, FILE, file, None, quiet)
    for database, stop_at in ((FILE, Part.BYTES), (there, Part.ROWS)):

        def stop(part: Part, done: int, whole: int, stop_at: Part = stop_at) -> None:
            if part is stop_at and done > whole // 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "back", database, file, None, stop)
        assert files_in(tmp_path / "back") == {".setup.lock": b""}
    restore(tmp_path / "back", there, file, None, quiet)


def test_a_file_that_cannot_be_trusted_changes_nothing(full: Full, tmp_path: Path) -> None:
    file = tmp_path / "file.backup"
    backup.make(full.place.state, FILE, file, None, quiet)
    cut, foreign, forged = (tmp_path / name for name in ("cut", "foreign", "forged"))
    cut.write_bytes(file.read_bytes()[:-400_000])
    foreign.write_bytes(DATA)
    for name in ("../outside", "/tmp/outside", "site.db"):
        with forged.open("wb") as opened:
            writer = SealedWriter(opened, None)
            with tarfile.open(mode="w", fileobj=(plain := io.BytesIO())) as archive:
                entry = tarfile.TarInfo(name)
                entry.size = len(DATA)
                archive.addfile(entry, io.BytesIO(DATA))
            writer.write(plain.getvalue())
            writer.finish()
        with pytest.raises(StoreError, match="backup_damaged"):
            restore(tmp_path / "back", FILE, forged, None, quiet)
    none = tmp_path / "none"
    for wrong, why in ((cut, "backup_damaged"), (foreign, "backup_foreign"), (none, "files_unreadable")):
        with pytest.raises(StoreError, match=why):
            restore(tmp_path / "back", FILE, wrong, None, quiet)
    assert files_in(tmp_path / "back") == {".setup.lock": b""}
    assert not (tmp_path / "outside").exists()
    (tmp_path / "back" / "vault.key").touch(mode=0o600)
    with pytest.raises(Refused, match="key_taken"):
        restore(tmp_path / "back", FILE, file, None, quiet)


def test_a_record_that_was_altered_before_comes_back_as_it_was(full: Full, tmp_path: Path) -> None:
    alter = update(schema.audit).where(schema.audit.c.seq == 2).values(actor="nobody")
    store = full.place.open()
    with store.write() as tx:
        tx.connection.execute(alter)
    store.close()
    made = backup.make(full.place.state, FILE, tmp_path / "file.backup", None, quiet)
    assert not made.verdict.ok
    done = restore(tmp_path / "back", FILE, tmp_path / "file.backup", None, quiet)
    assert not done.manifest.whole


@pytest.mark.parametrize("alter", ["UPDATE audit SET actor = 'nobody' WHERE seq = 2", "DELETE FROM licence"])
def test_rows_that_are_not_those_it_was_made_of_are_not_put_in_force(
    full: Full, tmp_path: Path, alter: str
) -> None:
    """Somebody has opened it, altered a row, and sealed it again with a manifest that fits the file."""
    with closing(sqlite3.connect(full.place.state / "site.db")) as database, database:
        database.execute("INSERT INTO licence VALUES ('1', 'KNX-1', 'KNX', 1, 1)")
    file = tmp_path / "file.backup"
    backup.make(full.place.state, FILE, file, None, quiet)
    with file.open("rb") as opened, tarfile.open(mode="r|", fileobj=SealedReader(opened, None)) as archive:  # type: ignore[call-overload]
        archive.extractall(tmp_path / "open", filter="data")
    rows, manifest = tmp_path / "open" / "site.db", tmp_path / "open" / "manifest.json"
    with closing(sqlite3.connect(rows)) as database, database:
        database.execute(alter)
    said = json.loads(manifest.read_text())
    said["files"]["site.db"] = {
        "size": rows.stat().st_size,
        "sha256": hashlib.sha256(rows.read_bytes()).hexdigest(),
    }
    manifest.write_text(json.dumps(said))
    with file.open("wb") as written, io.BytesIO() as plain:
        with tarfile.open(mode="w", fileobj=plain) as archive:
            for name in (*said["files"], "manifest.json"):
                archive.add(tmp_path / "open" / name, name)
        writer = SealedWriter(written, None)
        writer.write(plain.getvalue())
        writer.finish()
    with pytest.raises(StoreError, match="backup_damaged"):
        restore(tmp_path / "back", FILE, file, None, quiet)
    assert files_in(tmp_path / "back") == {".setup.lock": b""}


def test_the_commands(tmp_path: Path) -> None:
    new_site(tmp_path / "home")
    shell, other = Shell(tmp_path / "home"), Shell(tmp_path / "other")
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "vestibule-20260101T000000Z.backup").touch()
    (folder / "other.backup").touch()
    made = shell.json("backup", str(folder), "--keep", "1", "--passphrase-file", str(shell.password_file))
    assert {path.name for path in folder.iterdir()} == {"other.backup", Path(made["file"]).name}
    assert made["audit_head"] == shell.json("audit", "verify")["head"]
    again = shell.run("backup", made["file"])
    assert (again.returncode, again.stdout) == (5, "")
    openly = shell.run("backup", str(tmp_path / "open.backup"))
    assert "whoever has this file has the site" in openly.stderr
    assert shell.run("restore", made["file"]).returncode == 5
    assert "--passphrase-file" in other.run("restore", made["file"]).stderr
    with patch("getpass.getpass", return_value=PASSWORD):
        back = other.run("restore", made["file"], answers=[])
    assert back.returncode == 0, back.stderr
    assert other.json("audit", "verify", "--head", made["audit_head"])["ok"]
    assert SITE in other.run("system", "show").stdout
    empty = shell.run("backup", str(tmp_path / "new"), "--passphrase-file", str(folder / "other.backup"))
    assert (empty.returncode, (tmp_path / "new").exists()) == (2, False)

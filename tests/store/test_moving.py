"""A site moves between SQLite and PostgreSQL, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import delete, select, update

from tests.access.people import Time, person
from tests.cli.shell import Shell
from tests.sites import PASSWORD, SITE, Place
from vestibule.access import audit, clients, moving, project, site
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import Database
from vestibule.models import ClientNew, SystemChange
from vestibule.store import copying, schema
from vestibule.store.engine import Store, make_engine, upgrade
from vestibule.store.errors import StoreError

if TYPE_CHECKING:
    from tests.postgres import Cluster

FILE = Database()


@pytest.fixture
def there(postgres: Cluster) -> Iterator[Database]:
    """An empty PostgreSQL."""
    with postgres.empty() as database:
        yield database


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A site with something in every corner."""
    site.create(tmp_path, SITE, PASSWORD, "en")
    place = Place(tmp_path, FILE)
    store = place.open()
    person(store, Time(store)).enrol()
    change = SystemChange({"location": "Bern", "latitude": 46.95, "vnc_password": "hunter22"}, "Zoë’s")
    project.upload(store, console(), 1, change, tmp_path / "packages", lambda tx, version: None)
    with store.write() as tx:
        for number in range(3):
            clients.add(tx, console(), ClientNew(name=f"Ünal {number}"), "")
        tx.connection.execute(delete(schema.notice))  # their numbers are never given again
    store.close()
    return place


def why_not(store: Store) -> str:
    """Why nothing can be written."""
    with pytest.raises(StoreError) as caught, store.write():
        pass
    return caught.value.code


def rows_of(place: Place) -> dict[str, set[str]]:
    store = place.open()
    with store.read() as tx:
        found = {
            table.name: {repr(row) for row in tx.connection.execute(select(table))}
            for table in schema.metadata.sorted_tables
            if table.name not in ("site", "audit", "audit_head")  # the move is a decision too
        }
        assert audit.verify(tx).ok
    store.close()
    return found


def test_there_and_back_again_nothing_is_lost(here: Place, there: Database) -> None:
    before = rows_of(here)
    seen: list[tuple[int, int]] = []
    rows, verdict = moving.move(here.state, FILE, there, lambda done, whole: seen.append((done, whole)))
    assert verdict.ok
    assert seen[-1] == (2 * rows, 2 * rows)
    assert seen == sorted(seen)
    assert rows_of(Place(here.state, there)) == before
    with pytest.raises(StoreError, match="site_moved"):
        here.open()
    moving.move(here.state, there, FILE, lambda done, whole: None)
    assert rows_of(here) == before
    with pytest.raises(StoreError, match="site_moved"):
        Place(here.state, there).open()


def test_a_copy_that_differs_is_none(here: Place, there: Database) -> None:
    origin = here.open()
    copied = Store(make_engine(here.state, there), origin.vault, here.state, there, founding=True)
    upgrade(copied.engine)
    with origin.write() as mine, copied.write() as theirs:

        def alter(done: int, whole: int) -> None:
            if done == whole // 2:
                theirs.connection.execute(update(schema.client).values(note="changed"))

        with pytest.raises(copying.Differs, match="client"):
            copying.copy(mine.connection, theirs.connection, alter)
    for store in (origin, copied):
        store.close()


def test_stopped_in_the_middle_it_is_where_it_was(here: Place, there: Database) -> None:
    before = rows_of(here)

    def stop(done: int, whole: int) -> None:
        if done > whole // 2:
            raise KeyboardInterrupt

    for source, target in ((FILE, there), (there, FILE)):
        if source is there:
            moving.move(here.state, FILE, there, lambda done, whole: None)
        with pytest.raises(KeyboardInterrupt):
            moving.move(here.state, source, target, stop)
        with pytest.raises(StoreError, match="no_site" if target is there else "site_moved"):
            Place(here.state, target).open()
        assert rows_of(Place(here.state, source)) == before


def test_what_a_cut_off_move_left_is_not_written_over(here: Place, there: Database) -> None:
    origin = here.open()
    arriving = Store(make_engine(here.state, there), origin.vault, here.state, there, founding=True)
    upgrade(arriving.engine)
    with origin.write_alone() as leaving, arriving.write_alone() as entering:
        copying.copy(leaving.connection, entering.connection, lambda done, whole: None)
    origin.close()
    arriving.close()  # and here the power went
    with pytest.raises(Refused, match="target_taken"):
        moving.move(here.state, FILE, there, lambda done, whole: None)
    here.open().close()


def test_another_programs_tables_are_left_alone(here: Place, there: Database) -> None:
    with psycopg.connect(there.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE client (theirs text)")
        connection.execute("INSERT INTO client VALUES ('kept')")
        with pytest.raises(Refused, match="target_taken"):
            moving.move(here.state, FILE, there, lambda done, whole: None)
        assert connection.execute("SELECT theirs FROM client").fetchall() == [("kept",)]
    here.open().close()


def test_no_new_site_is_set_up_where_one_was(here: Place, there: Database) -> None:
    moving.move(here.state, FILE, there, lambda done, whole: None)
    with pytest.raises(Refused, match="site_moved"):
        site.create(here.state, SITE, PASSWORD, "en")
    moving.move(here.state, there, FILE, lambda done, whole: None)
    with pytest.raises(Refused, match="site_moved"):
        site.create(here.state, SITE, PASSWORD, "en", database=there)


def test_whoever_serves_it_waits_and_then_writes_no_more(here: Place, there: Database) -> None:
    moving.move(here.state, FILE, there, lambda done, whole: None)
    impatient = replace(there, url=there.url + "?options=-c%20lock_timeout%3D50ms")
    served = Place(here.state, impatient).open()
    waited: list[str] = []

    def meanwhile(done: int, whole: int) -> None:
        if not waited:
            waited.append(why_not(served))

    moving.move(here.state, there, FILE, meanwhile)
    assert waited == ["database_busy"]
    assert why_not(served) == "site_moved"
    served.close()


def test_the_command_says_what_to_do_next(tmp_path: Path, there: Database) -> None:
    shell = Shell(tmp_path / "home")
    setup = ("setup", "--site-name", SITE, "--service-password-file", str(shell.password_file))
    assert shell.run(*setup).returncode == 0
    moved = shell.run("database", "copy", "file", there.url)
    assert moved.returncode == 0, moved.stderr
    assert f'url = "{there.url}"' in moved.stderr
    assert shell.run("clients", "list").returncode == 1
    assert shell.run("--database", there.url, "audit", "verify").returncode == 0
    again = shell.run("database", "copy", "file", there.url)
    assert again.returncode == 1
    for told in (again, shell.run(*setup), shell.run("clients", "list")):
        assert told.returncode == 1
        assert "name that in config.toml" in told.stderr
    assert shell.run("database", "copy", there.url, there.url).returncode == 2

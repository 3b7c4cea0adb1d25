"""A site is opened: tables of an older version are brought up to date, and others cost nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tests.sites import new_site
from vestibule.store.engine import Store, key_check, make_engine, open_store
from vestibule.store.schema import site
from vestibule.store.vault import create_key


@pytest.fixture
def migrations() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "vestibule.store:migrations")
    return configuration


def test_an_older_site_is_brought_up_to_date(tmp_path: Path, migrations: Config) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    vault = create_key(state)
    engine = make_engine(state)
    with engine.begin() as connection:
        migrations.attributes["connection"] = connection
        command.upgrade(migrations, "0001")
        row = {"id": 1, "highest_time": 0, "key_check": key_check(vault), "created_at": 0}
        connection.execute(site.insert().values(**row))
    engine.dispose()
    opened = open_store(state)
    assert revision(opened) == ScriptDirectory.from_config(migrations).get_current_head()
    opened.close()


def test_a_site_of_this_version_is_opened_without_alembic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a tenth of a second to import, at every command."""
    state = new_site(tmp_path).state
    monkeypatch.setitem(sys.modules, "alembic", None)
    open_store(state).close()


def revision(store: Store) -> str:
    """Which the tables are of."""
    with store.read() as tx:
        return str(tx.connection.execute(text("SELECT version_num FROM alembic_version")).scalar())

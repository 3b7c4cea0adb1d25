"""An older site is brought up to date with everything in it, and the migrations make what schema.py says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Engine, Integer, LargeBinary, MetaData, Table, select

from vestibule.store import schema
from vestibule.store.engine import make_engine, upgrade

THEN, LAST = 1_700_000_000_000, 1_700_000_100_000


def upgrade_to(engine: Engine, revision: str) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", "vestibule.store:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)


def some_row(table: Table, **known: Any) -> dict[str, Any]:
    """A row with something in every column that needs it."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if not column.nullable and column.server_default is None:
            kind = column.type
            row[column.name] = b"x" if isinstance(kind, LargeBinary) else "x"
            if isinstance(kind, Integer | Boolean):
                row[column.name] = 1
    return row | known


def test_devices_and_sessions_of_before_are_still_there(tmp_path: Path) -> None:
    engine = make_engine(tmp_path)
    upgrade_to(engine, "0004")
    before = MetaData()
    with engine.begin() as connection:
        before.reflect(connection)
        rows: dict[str, dict[str, Any]] = {
            "site": {"highest_time": LAST},
            "client": {"id": "c", "admin": True},
            "device": {"id": "d", "client_id": "c", "created_at": THEN, "last_seen_at": THEN},
            "session": {
                "id": "s",
                "client_id": "c",
                "device_id": "d",
                "created_at": THEN,
                "expires_at": LAST,
            },
        }
        for name, known in rows.items():
            table = before.tables[name]
            connection.execute(table.insert().values(some_row(table, **known)))
    upgrade(engine)
    with engine.begin() as connection:
        device = connection.execute(select(schema.device)).one()
        assert (device.id, device.first_source, device.last_source) == ("d", "", "")
        session = connection.execute(select(schema.session)).one()
        assert (session.device_id, session.expires_at, session.source) == ("d", LAST, "")
        assert session.seen_at == LAST  # or every admin would have been idle for hours
        limits = connection.execute(select(schema.limits)).one()
        assert (limits.admin_idle_minutes, limits.idle_minutes, limits.session_hours) == (60, 0, 12)
        connection.execute(schema.device.delete())
        assert connection.execute(select(schema.session)).all() == []
    upgrade(engine)  # once more changes nothing
    engine.dispose()


def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    engine = make_engine(tmp_path)
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()

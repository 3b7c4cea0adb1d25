"""Opens a site's database, SQLite or PostgreSQL, and runs transactions on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import iter_modules

from sqlalchemy import Connection, Engine, bindparam, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vestibule.config import MOVED, Database
from vestibule.store import cloud_schema as _cloud_schema  # noqa: F401 - its tables belong to it
from vestibule.store import dialect, postgresql, schema, sqlite
from vestibule.store.changes import Changes, FileChanges
from vestibule.store.clock import SECOND, Clock
from vestibule.store.errors import StoreError
from vestibule.store.migrations import versions
from vestibule.store.prepared import Prepared
from vestibule.store.vault import Vault, load_fitting_key, load_key, require_private

IN_FILE = Database()
_TIME_STEP = SECOND
"""Where several write at once they would all wait to write the time down: it is done once in so long."""
_site = Prepared(select(schema.site.c.highest_time, schema.site.c.key_check))
_late = select(schema.site.c.id).where(schema.site.c.highest_time < bindparam("now"))
_writing_time_down = (
    update(schema.site)
    .where(schema.site.c.id.in_(_late.with_for_update(skip_locked=True)))
    .values(highest_time=bindparam("now"))
)


@dataclass(frozen=True)
class Transaction:
    """An open transaction, the time that rules in it, and the vault."""

    connection: Connection
    now: int
    vault: Vault
    mark: object = None
    """Transactions with the same mark see the same rows; None when it is not known."""
    _last: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def at_end(self, step: Callable[[], None]) -> None:
        """Do ``step`` right before the commit: it needs what all others need too, for as short as can be."""
        self._last.append(step)

    def end(self) -> bool:
        """Do what was left for the end; whether there was anything."""
        for step in self._last:
            step()
        return bool(self._last)


class Store:
    """A site's data; its key and its packages are files in ``state``."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        state: Path,
        database: Database = IN_FILE,
        *,
        founding: bool = False,
    ) -> None:
        """``founding``: its first transaction makes the site."""
        self.engine = engine
        self.vault = vault
        self.state = state
        self.clock = Clock()
        self._database = database
        self._founding = founding
        self._is_shared = engine.dialect.name == "postgresql"
        self._reader = (postgresql if self._is_shared else sqlite).make_reader(engine)
        self._watch = None if self._is_shared else sqlite.Watch(str(engine.url.database))
        self._look_at = 0.0
        self._key_check = key_check(vault)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing. Raises StoreError when the database is locked, full, broken or away."""
        with _as_store_errors(self.engine), self.engine.begin() as connection:
            yield from self._writing(connection)

    @contextmanager
    def write_alone(self) -> Iterator[Transaction]:
        """The same while nobody else writes, in whatever process, and for as long as it takes."""
        with _as_store_errors(self.engine), self.engine.begin() as connection:
            if self._is_shared:
                postgresql.take_time(connection)
                dialect.turn(connection, dialect.WRITING)
            yield from self._writing(connection)

    def _writing(self, connection: Connection) -> Iterator[Transaction]:
        tx = Transaction(connection, self._tick(connection), self.vault)
        yield tx
        if tx.end() and self._is_shared:
            postgresql.announce(connection)

    @contextmanager
    def read(self, *, marked: bool = False) -> Iterator[Transaction]:
        """A consistent view, ``marked`` if asked for. Raises StoreError when the database cannot be read."""
        before = self.mark() if marked else None
        try:
            with _as_store_errors(self.engine), self._reader.begin() as connection:
                mark = self._mark_of(connection, before) if marked else None
                yield Transaction(connection, self._time(connection), self.vault, mark)
        except StoreError as error:
            self._renew_key(error)
            raise

    def mark(self) -> object:
        """The mark of a transaction that began now; None where to know that takes a transaction."""
        return None if self._watch is None else self._watch.mark()

    def _mark_of(self, connection: Connection, before: object) -> object:
        if self._is_shared:
            return postgresql.mark(connection)
        # From its first question on it sees one moment: if nobody has committed around that, it is this one.
        dialect.quick(connection, "SELECT id FROM site")
        return before if before == self.mark() else None

    def changes(self) -> Changes:
        """Hears of other processes' writes."""
        if self._is_shared:
            return postgresql.changes(self._database)
        return FileChanges(self.state / "site.db")

    def _tick(self, connection: Connection) -> int:
        """The highest time that anybody has seen, and written down for the next.

        Raises StoreError ``site_moved`` when it is elsewhere now.
        """
        dialect.join(connection, dialect.WRITING)  # and look then: who was waited for may have moved the site
        site = _site.first(connection)
        if site is None and not self._founding:
            raise StoreError("site_moved", str(self.state))
        # Whoever founds one where somebody was faster learns that it is there, not that its key is another.
        if site is not None and not self._founding and site.key_check != self._key_check:
            self.take_key(site.key_check)
        known = site.highest_time if site is not None else 0
        now = self.clock.now(known)
        if now - known >= (_TIME_STEP if self._is_shared else 0):
            connection.execute(_writing_time_down, {"now": now})
        return now

    def _time(self, connection: Connection) -> int:
        """The time for a reader: other machines' clocks are looked at once a second."""
        if not self._is_shared or time.monotonic() < self._look_at:
            return self.clock.now()
        self._look_at = time.monotonic() + _TIME_STEP / SECOND
        return self.clock.now(_highest_time(connection))

    def take_key(self, wanted: bytes) -> None:
        """Go on with the key that was put in force meanwhile. Raises StoreError ``key_wrong`` without it."""
        vault = load_fitting_key(self.state, lambda each: key_check(each) == wanted)
        if vault is None:
            raise StoreError("key_wrong")
        self.vault, self._key_check = vault, wanted

    def _renew_key(self, error: StoreError) -> None:
        """Whoever only reads finds out by what it cannot open. Raises StoreError when the next one can."""
        if error.code != "key_wrong":
            return
        with _as_store_errors(self.engine), self._reader.begin() as connection:
            in_force = connection.execute(select(schema.site.c.key_check)).scalar()
        if in_force != self._key_check:
            self.take_key(in_force or b"")
            raise StoreError("database_busy") from None

    def close(self) -> None:
        """Close all connections."""
        if self._watch is not None:
            self._watch.close()
        self._reader.dispose()
        self.engine.dispose()


def open_store(state: Path, database: Database = IN_FILE) -> Store:
    """Open the site in ``state``, with its rows in ``database``, and bring its tables up to date.

    Raises StoreError: no site, files open to others, the vault key missing or another one's, or the
    database away.
    """
    require_private(state, "no_site")
    if database.is_file:
        is_moved = (state / f"site.db{MOVED}").exists()
        require_private(state / "site.db", "site_moved" if is_moved else "no_site")
    vault = load_key(state)
    store = Store(make_engine(state, database), vault, state, database)
    try:
        if not _is_current(store):
            upgrade(store.engine)
        check_key(store)
    except BaseException:
        store.close()
        raise
    return store


def make_engine(state: Path, database: Database = IN_FILE) -> Engine:
    """An engine on ``database``, or else on the SQLite file in ``state``. Raises StoreError."""
    return sqlite.make_engine(state / "site.db") if database.is_file else postgresql.make_engine(database)


def _is_current(store: Store) -> bool:
    """Whether the tables are of this version already: Alembic takes longer to import than all the rest."""
    try:
        with store.read() as tx:
            return _revision(tx.connection) == _newest()
    except (DBAPIError, StoreError):
        return False  # what is wrong is told by whoever tries to mend it


def refuse_later_tables(connection: Connection) -> None:
    """Raise StoreError ``tables_newer`` where tables have more in them than this version knows of."""
    if _revision(connection) > _newest():
        raise StoreError("tables_newer")


def _revision(connection: Connection) -> str:
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _newest() -> str:
    return max(name[1:5] for _finder, name, _is_package in iter_modules(versions.__path__))


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version; several processes may do so at once.

    Tables of a later version stay as they are: they still serve this one (see ``migrations``).
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", "vestibule.store:migrations")
    scripts = ScriptDirectory.from_config(configuration)
    older = {script.revision for script in scripts.walk_revisions()} - {scripts.get_current_head()}
    with _as_store_errors(engine), engine.begin() as connection:
        if dialect.is_shared(connection):
            postgresql.wait_to_migrate(connection)
        if MigrationContext.configure(connection).get_current_revision() in {None, *older}:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")


def key_check(vault: Vault) -> bytes:
    """What the site row holds to recognise its own key."""
    return vault.digest("key check", b"vestibule")


def check_key(store: Store) -> None:
    """Go on with the key and the time of the rows. Raises StoreError: no site, or another one's key."""
    with store.read() as tx:
        row = tx.connection.execute(select(schema.site.c.key_check, schema.site.c.highest_time)).one_or_none()
        is_moved = row is None and _has_record(tx.connection)
    if row is None:
        raise StoreError("site_moved" if is_moved else "no_site", str(store.state))
    if row.key_check != key_check(store.vault):
        store.take_key(row.key_check)
    store.clock.now(row.highest_time)


def _has_record(connection: Connection) -> bool:
    """Whether there was a site: a move takes nothing away but the row that makes it one."""
    return connection.execute(select(schema.audit_head.c.id)).first() is not None


def _highest_time(connection: Connection) -> int:
    return connection.execute(select(schema.site.c.highest_time)).scalar() or 0


@contextmanager
def _as_store_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreError("database_busy") from error
    except sqlite3.Error as error:  # of a question that was asked without SQLAlchemy
        code = sqlite.problem_of(error)
        if code is None:
            raise
        raise StoreError(code) from error
    except DBAPIError as error:
        is_shared = engine.dialect.name == "postgresql"
        code = postgresql.problem_of(error) if is_shared else sqlite.problem_of(error.orig)
        if code is None:
            raise
        # What a database says when it lets nobody in names no secret, and helps whoever sets it up.
        said = str(error.orig).splitlines()[0][:200] if code in postgresql.AWAY else ""
        raise StoreError(code, said) from error

"""PostgreSQL: several server processes on one database, through psycopg 3 (the extra ``postgres``).

Writes are READ COMMITTED, reads see one moment. Nothing waits without an end: neither for a lock nor for a
statement, nor for a line that was cut; and what has died while nobody used it is replaced, not handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from vestibule.config import Database, carries_password
from vestibule.store.changes import CHANNEL, CalledChanges
from vestibule.store.dialect import turn
from vestibule.store.errors import StoreError
from vestibule.store.vault import require_private

if TYPE_CHECKING:
    import psycopg

_READING: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Of a transaction that only reads."""
LOCK_SECONDS = 5
STATEMENT_SECONDS = 15
_IDLE_SECONDS = 60
"""After so long without a statement a transaction is given up: its process hangs, and others wait for it."""
_MIGRATION_SECONDS = 120
_CONNECTIONS = 16
"""Of one process; a PostgreSQL as it is installed gives 100 to all."""
_LIMITS = {
    "lock_timeout": LOCK_SECONDS,
    "statement_timeout": STATEMENT_SECONDS,
    "idle_in_transaction_session_timeout": _IDLE_SECONDS,
}


def make_engine(database: Database) -> Engine:
    """An engine on ``database``. Raises StoreError when its address cannot be used."""
    try:
        engine = create_engine(
            "postgresql+psycopg://",
            isolation_level="READ COMMITTED",
            use_native_hstore=False,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
            pool_timeout=LOCK_SECONDS,
            pool_pre_ping=True,
        )
    except ImportError:
        raise StoreError("database_driver_missing") from None
    arguments = _arguments(database)

    def connect(_dialect: object, _record: object, _given: object, parameters: dict[str, Any]) -> None:
        parameters |= arguments | _password(database)

    event.listen(engine, "do_connect", connect)
    return engine


def make_reader(engine: Engine) -> Engine:
    """The connections of ``engine`` for transactions that only read."""
    return engine.execution_options(**_READING)


def mark(connection: Connection) -> object:
    """Which transactions this one sees: another that sees the same ones sees the same rows.

    Numbers of transactions come again in a database that was put back, not in one that went on.
    """
    sees = "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()"
    return tuple(connection.exec_driver_sql(sees).one())


def changes(database: Database) -> CalledChanges:
    """Hears what is told on ``database`` by :func:`announce`."""
    arguments = _arguments(database)

    def connect() -> psycopg.Connection:
        import psycopg

        now: dict[str, Any] = arguments | _password(database)
        return psycopg.connect(autocommit=True, **now)

    return CalledChanges(connect)


def announce(connection: Connection) -> None:
    """Tell all processes of this transaction once it is committed."""
    connection.execute(text(f"NOTIFY {CHANNEL}"))


def take_time(connection: Connection) -> None:
    """What is done in this transaction may take long."""
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SET LOCAL statement_timeout = 0"))


def wait_to_migrate(connection: Connection) -> None:
    """Until all others have migrated; then the limits are for requests no more, but for locks."""
    # Tables wait behind a lock that is asked for: it is given up soon, for the requests that use them.
    connection.execute(text(f"SET LOCAL statement_timeout = '{_MIGRATION_SECONDS}s'"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{_MIGRATION_SECONDS}s'"))
    turn(connection, "migrations")
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))


def _arguments(database: Database) -> dict[str, Any]:
    """What libpq is told. Raises StoreError; it never repeats the address, which may hold a password."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    if database.trouble:
        raise StoreError("files_unreadable", database.trouble)
    if not database.url.startswith(("postgresql://", "postgres://")):
        raise StoreError("database_address")
    if database.told_openly and carries_password(database.url):
        raise StoreError("database_password_open")
    try:
        named = conninfo_to_dict(database.url)
    except psycopg.ProgrammingError:
        raise StoreError("database_address") from None
    usual: dict[str, Any] = {"connect_timeout": LOCK_SECONDS, "fallback_application_name": "vestibule"}
    usual |= {"tcp_user_timeout": 10_000, "keepalives_idle": 30, "keepalives_interval": 5}
    limits = " ".join(f"-c {name}={seconds}s" for name, seconds in _LIMITS.items())
    return usual | named | {"options": f"{limits} {named.get('options', '')}", "client_encoding": "utf8"}


def _password(database: Database) -> dict[str, str]:
    """Read for each connection, so that a new one is taken up. Raises StoreError."""
    if database.password_file is None:
        return {}
    require_private(database.password_file, "files_unreadable")
    try:
        return {"password": database.password_file.read_text().rstrip("\r\n")}
    except (OSError, ValueError):
        raise StoreError("files_unreadable", str(database.password_file)) from None


AWAY: Final = ("database_unreachable", "database_refused")
_CODES = {
    "25006": "database_read_only",
    "40001": "database_busy",
    "40P01": "database_busy",
    "55P03": "database_busy",
    "57014": "database_busy",
    "53300": "database_busy",
    "53100": "disk_full",
    "53200": "database_busy",
    "42501": "database_refused",
    "3D000": "database_refused",
}
"""By SQLSTATE (PostgreSQL's Appendix A)."""
_CLASSES = {
    "08": "database_unreachable",
    "57": "database_unreachable",
    "28": "database_refused",
    "58": "disk_full",
    "XX": "database_damaged",
}


def problem_of(error: DBAPIError) -> str | None:
    """The problem code of what PostgreSQL, or the line to it, complains about; None for our own mistakes."""
    kind = type(error.orig).__name__
    state = getattr(error.orig, "sqlstate", None)
    if state is None and kind == "DataError":
        return "invalid"  # a zero byte, which no text of PostgreSQL holds
    if error.connection_invalidated or (state is None and kind == "OperationalError"):
        return _refused_at_once(str(error.orig))
    return _CODES.get(str(state)) or _CLASSES.get(str(state)[:2])


def _refused_at_once(said: str) -> str:
    """Of a connection that was not made psycopg knows no SQLSTATE, only words."""
    refused = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")
    return "database_refused" if any(words in said for words in refused) else "database_unreachable"

"""A site's file is made aside and put in place at the end: so there is a whole one, or none."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vestibule.config import private_folder
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError

DATABASE = "site.db"


@contextmanager
def draft(state: Path) -> Iterator[Path]:
    """A folder in which to make it, for whoever is alone; what is left there goes away."""
    for left in state.glob(".setup-*"):  # by a crash, as nobody else is here
        shutil.rmtree(left, ignore_errors=True)
    made = private_folder(state / f".setup-{secrets.token_hex(4)}")
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Two people at once: the second waits, then finds what the first has made. Raises StoreError."""
    try:
        handle = os.open(state / ".setup.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError("files_unreadable", f"{state}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def fold(store: Store) -> None:
    """Leave everything in the one file that is moved."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def publish(made: Path, state: Path, name: str) -> None:
    """Put a file in place. The key goes before the rows that need it: they are what makes a site."""
    if name == DATABASE:
        for left in ("-wal", "-shm"):  # of a file that is gone; SQLite would add it to this one
            (state / f"{DATABASE}{left}").unlink(missing_ok=True)
    (made / name).replace(state / name)
    folder = os.open(state, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

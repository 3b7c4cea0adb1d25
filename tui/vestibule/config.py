"""Where Vestibule's files are on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 7550


@dataclass(frozen=True)
class Folders:
    """The three folders Vestibule uses. Secrets live in ``state`` only."""

    config: Path
    state: Path
    cache: Path

    @property
    def database(self) -> Path:
        """The site's SQLite file."""
        return self.state / "site.db"

    @property
    def has_site(self) -> bool:
        """Whether a site was set up here."""
        return self.database.exists()


def folders(environ: Mapping[str, str] = os.environ) -> Folders:
    """``VESTIBULE_HOME`` if set, else systemd's folders, else the platform's own."""
    if home := environ.get("VESTIBULE_HOME"):
        root = Path(home).expanduser().absolute()
        return Folders(root / "config", root / "state", root / "cache")
    from platformdirs import PlatformDirs

    usual = PlatformDirs("vestibule", appauthor=False)
    return Folders(
        Path(environ.get("CONFIGURATION_DIRECTORY") or usual.user_config_path),
        Path(environ.get("STATE_DIRECTORY") or usual.user_state_path),
        Path(environ.get("CACHE_DIRECTORY") or usual.user_cache_path),
    )


def host_table(here: Folders, name: str) -> Mapping[str, object]:
    """A table of this host's config.toml; empty when it, or the file, is missing or cannot be read."""
    try:
        data = (here.config / "config.toml").read_bytes()
    except OSError:
        return {}
    import tomllib  # 21 ms that only those pay who have such a file

    try:
        table = tomllib.loads(data.decode()).get(name)
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}


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

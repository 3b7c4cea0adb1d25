"""What this machine remembers of the sites it has been to: enough to paint at once and to sign in by itself.

One file in the state folder, readable by its owner only, since it holds tokens of devices and sessions.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec

from vestibule.config import Folders, private_folder, write_private
from vestibule.models import Secret, ServerInfo

HERE = "here"
"""The address of this machine's own site."""
_FILE = "sites.json"


class Site(msgspec.Struct, kw_only=True):
    """One site; ``device_token`` signs this device in by itself."""

    address: str
    info: ServerInfo | None = None
    device_token: Secret | None = None
    session_token: Secret | None = None
    """Of the session that commands go on with; screens open their own."""


class Sites:
    """The remembered sites, by address."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.state / _FILE

    def get(self, address: str) -> Site:
        """What is known of the site at ``address``; nothing when it is new or the file is damaged."""
        return self._load().get(address) or Site(address=address)

    def all(self) -> list[Site]:
        """All that are known."""
        return list(self._load().values())

    def remember(self, address: str, info: ServerInfo) -> None:
        """Keep what the server said of itself, unless that is known already."""
        if self.get(address).info != info:
            self._change(address, lambda site: setattr(site, "info", info))

    def keep_token(self, address: str, token: str | None) -> None:
        """Keep the token of this device, or forget it."""
        secret = Secret(token) if token else None
        if self.get(address).device_token != secret:
            self._change(address, lambda site: setattr(site, "device_token", secret))

    def keep_session(self, address: str, token: str | None) -> None:
        """Keep the token of the session that commands go on with, or forget it."""
        secret = Secret(token) if token else None
        if self.get(address).session_token != secret:
            self._change(address, lambda site: setattr(site, "session_token", secret))

    def _load(self) -> dict[str, Site]:
        try:
            sites = msgspec.json.decode(self._path.read_bytes(), type=list[Site])
        except (OSError, msgspec.MsgspecError):
            return {}
        return {site.address: site for site in sites}

    def _change(self, address: str, change: Callable[[Site], None]) -> None:
        with self._alone():
            sites = self._load()
            change(sites.setdefault(address, Site(address=address)))
            write_private(self._path, msgspec.json.encode(list(sites.values())))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two terminals signing in at once must not forget each other's token."""
        private_folder(self._path.parent)
        handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def address_of(written: str) -> str:
    """The address that somebody wrote, as ``scheme://host:port``. Raises ValueError when it is none."""
    parts = urlsplit(written.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ValueError(written)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"

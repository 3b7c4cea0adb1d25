"""The address book: what this machine remembers of the sites it has been to.

Enough to paint at once, to find the way there again, to know the server, and to sign in by itself. One
file in the state folder, readable by its owner only, since it holds tokens of devices and sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from vestibule.config import Folders, alone_with, write_private
from vestibule.models import Paths, Secret, ServerInfo
from vestibule.remote import host_names

HERE = "here"
"""The address of this machine's own site."""
_FILE = "sites.json"
_NEVER = datetime.min.replace(tzinfo=UTC)


class Site(msgspec.Struct, kw_only=True):
    """One site; ``device_token`` signs this device in by itself."""

    address: str
    """As it was added; what it is known by here."""
    info: ServerInfo | None = None
    device_token: Secret | None = None
    used_at: datetime | None = None
    """When somebody last signed in there from here."""
    certificate: bytes | None = None
    """The one that was accepted for this site, in DER; it stays accepted when the address changes."""
    paths: Paths | None = None
    """What the server told of the paths to it."""
    seen_at: str = ""
    """Where its cloud has seen it. The site has not said that: only its accepted certificate counts there."""
    session_token: Secret | None = None
    """Of the session that commands go on with; screens open their own."""
    audit_head: str = ""
    """The head of its record of decisions when that was last verified from here."""


class Sites:
    """The remembered sites, by address.

    What changes them raises OSError where the file cannot be written; for as long as this object lives it is
    known all the same.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._path = folders.state / _FILE
        self._unwritten: dict[str, Site] = {}

    def get(self, address: str) -> Site:
        """What is known of the site at ``address``; nothing when it is new or the file is damaged."""
        return self._load().get(address) or Site(address=address)

    def all(self) -> list[Site]:
        """All that are known."""
        return list(self._load().values())

    def recent(self) -> list[Site]:
        """All that are known, the last used first."""
        return sorted(self.all(), key=lambda site: site.used_at or _NEVER, reverse=True)

    def add(self, address: str) -> None:
        """Put a site into the book, unless it is there already."""
        if address not in self._load():
            self._change(address, lambda _site: None)

    def remove(self, address: str) -> None:
        """Forget all about a site, with what was fetched from its cloud."""
        from vestibule.remote import cloud_book, kept_project  # which the first paint does not need

        kept_project.forget(self._folders, address)
        cloud_book.CloudBook(self._folders).forget(address)
        self._unwritten.pop(address, None)
        with alone_with(self._path):
            sites = self._load()
            if sites.pop(address, None) is not None:
                self._write(sites)

    def use(self, address: str, at: datetime) -> None:
        """Note that somebody signed in there."""
        self._change(address, lambda site: setattr(site, "used_at", at))

    def pin(self, address: str, certificate: bytes) -> None:
        """Accept this certificate for the site, in place of any other."""
        self._change(address, lambda site: setattr(site, "certificate", certificate))

    def keep_paths(self, address: str, paths: Paths) -> None:
        """Keep what the server told of the paths to it, unless that is known already."""
        if self.get(address).paths != paths:
            self._change(address, lambda site: setattr(site, "paths", paths))

    def keep_seen(self, address: str, seen_at: str) -> None:
        """Keep where the site's cloud has seen it, unless that is known already."""
        if self.get(address).seen_at != seen_at:
            self._change(address, lambda site: setattr(site, "seen_at", seen_at))

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

    def keep_head(self, address: str, head: str) -> None:
        """Keep the head of the site's record of decisions, to notice later if what led to it is gone."""
        if self.get(address).audit_head != head:
            self._change(address, lambda site: setattr(site, "audit_head", head))

    def _load(self) -> dict[str, Site]:
        try:
            sites = msgspec.json.decode(self._path.read_bytes(), type=list[Site])
        except (OSError, msgspec.MsgspecError):
            sites = []
        return {site.address: site for site in sites} | self._unwritten

    def _change(self, address: str, change: Callable[[Site], None]) -> None:
        try:
            with alone_with(self._path):
                sites = self._load()
                change(sites.setdefault(address, Site(address=address)))
                self._write(sites)
                self._unwritten.clear()
        except OSError:
            self._unwritten[address] = self.get(address)
            change(self._unwritten[address])
            raise

    def _write(self, sites: dict[str, Site]) -> None:
        write_private(self._path, msgspec.json.encode(list(sites.values())))


def address_of(written: str) -> str:
    """The address that somebody wrote, as ``scheme://host:port``. Raises ValueError when it is none."""
    parts = urlsplit(written.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ValueError(written)
    host_names.check(parts.hostname)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"

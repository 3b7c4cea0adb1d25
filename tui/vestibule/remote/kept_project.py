"""The project of one's profile as it was fetched from a site's cloud: kept here, for its owner only.

Each site has a folder, and each of its clients one whole package in it. Files are named by hashes of ours:
nothing that a site or a cloud says becomes a path. What is arriving lies beside it, and goes on where it was
cut.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from vestibule.config import Folders, private_folder, write_private
from vestibule.models import PackageInfo
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.whole_file import whole_file
from vestibule.text import visible

Progress: TypeAlias = Callable[[int, int], None]
_PIECE = 1024 * 1024
_LOOK_AGAIN = 0.5
"""Seconds after which it is seen whether somebody else has done with it."""
_NAME_LIMIT = 60
"""Characters of a file's name, whatever they take in bytes."""


class DamagedError(Exception):
    """What is kept is not what was fetched. It is forgotten."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A package that is on this machine, whole and checked."""

    key: str
    """The site's, which has signed it: numbers of another one mean nothing beside these."""
    number: int
    """The newest version that has it."""
    profile: str
    at: datetime
    """When that version was made."""
    package: PackageInfo

    def is_newer_than(self, other: Kept) -> bool:
        """Whether ``other`` must not take its place."""
        return (self.key, self.profile) == (other.key, other.profile) and self.number > other.number


class Shelf:
    """Where the package of one client of one site is kept."""

    def __init__(self, folders: Folders, site: str, client: str) -> None:
        """``site``: its address in the address book."""
        self._folder = _folder_of(folders, site)
        self._mine = _hash(client)

    def kept(self) -> Kept | None:
        """What is there."""
        try:
            kept = msgspec.json.decode(self._about.read_bytes(), type=Kept)
            there = self.whole(kept.package).stat().st_size == kept.package.size
        except (OSError, msgspec.MsgspecError):
            return None
        return kept if there else None

    @property
    def _about(self) -> Path:
        return self._folder / f"{self._mine}.json"

    def whole(self, package: PackageInfo) -> Path:
        """The file of a package that is kept."""
        return self._folder / f"{self._mine}-{_hash(package.sha256)}.package"

    def arriving(self, package: PackageInfo) -> Path:
        """The file of one that has not arrived yet."""
        return self.whole(package).with_suffix(".part")

    @asynccontextmanager
    async def alone(self, package: PackageInfo, progress: Progress) -> AsyncIterator[None]:
        """Let nobody else fetch for this client until left; what another one fetches meanwhile is told.

        Raises OSError.
        """
        handle = await asyncio.to_thread(self._open_lock)
        try:
            while not _locked(handle):
                with suppress(OSError):
                    progress(self.arriving(package).stat().st_size, package.size)
                await asyncio.sleep(_LOOK_AGAIN)
            yield
        finally:
            os.close(handle)

    def _open_lock(self) -> int:
        lock = private_folder(self._folder) / f"{self._mine}.lock"
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def begin(self, package: PackageInfo) -> Part:
        """Go on with a package, or begin it; what was begun of another one is given up.

        Raises OSError, also when there is no room for the rest of it.
        """
        path = self.arriving(package)
        for other in self._folder.glob(f"{self._mine}-*.part"):
            if other != path:
                other.unlink(missing_ok=True)
        return Part(path, package)

    def keep(self, kept: Kept, part: Part | None = None) -> Kept:
        """Take this in place of what is there, ``part`` being its file if that is another one.

        What is there stays when it is newer. Raises OSError, then it stays too.
        """
        before = self.kept()
        if before is not None and before.is_newer_than(kept):
            return before
        if part is not None:
            part.settle(self.whole(kept.package))
        write_private(self._about, msgspec.json.encode(kept))
        for other in self._folder.glob(f"{self._mine}-*.package"):
            if other != self.whole(kept.package):
                other.unlink(missing_ok=True)
        return kept

    def forget(self) -> None:
        """Remove all of this client."""
        for file in self._folder.glob(f"{self._mine}*"):
            if file.suffix != ".lock":  # which somebody may be waiting for
                file.unlink(missing_ok=True)

    async def copy(self, kept: Kept, to: Path, *, overwrite: bool = False) -> None:
        """Write a copy to ``to``, readable by its owner only; all of it or nothing.

        Raises FileExistsError unless it may ``overwrite``, DamagedError and OSError.
        """
        digest = hashlib.sha256()
        with await asyncio.to_thread(self.whole(kept.package).open, "rb") as source:
            async with whole_file(to, overwrite=overwrite) as file:
                while await asyncio.to_thread(_copy_piece, source, file, digest):
                    pass
                if digest.hexdigest() != kept.package.sha256:
                    self.forget()
                    raise DamagedError


class Part:
    """The beginning of a package, as a file that grows. To be closed."""

    def __init__(self, path: Path, package: PackageInfo) -> None:
        """Raises OSError."""
        self.package = package
        self.done = 0
        self._path = path
        self._digest = hashlib.sha256()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(handle, "r+b")
        try:
            self._take_up()
        except BaseException:
            self.close()
            raise

    def _take_up(self) -> None:
        while piece := self._file.read(_PIECE):
            self._digest.update(piece)
        self.done = self._file.tell()
        if self.done > self.package.size or (self.done == self.package.size and not self.is_right):
            self.restart()
        # Better now than after an hour.
        if shutil.disk_usage(self._path.parent).free < self.package.size - self.done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path.parent))

    @property
    def is_right(self) -> bool:
        """Whether all of it is there, and nothing else."""
        return self.done == self.package.size and self._digest.hexdigest() == self.package.sha256

    def restart(self) -> None:
        """Forget what is there."""
        self._file.seek(0)
        self._file.truncate()
        self._digest, self.done = hashlib.sha256(), 0

    def append(self, data: bytes) -> None:
        """Take what comes next. Raises OSError."""
        self._file.write(data)
        self._file.flush()
        self._digest.update(data)
        self.done += len(data)

    def settle(self, path: Path) -> None:
        """Become the file ``path``. Raises OSError, also when it was forgotten meanwhile."""
        _to_disk(self._file)
        if not os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._path))
        self._path.replace(path)

    def close(self) -> None:
        """Let go of it; what has arrived stays."""
        self._file.close()


def forget(folders: Folders, site: str) -> None:
    """Whoever was signed in at a site has signed out for good: remove what was fetched, and by what.

    Raises OSError.
    """
    CloudBook(folders).drop_tickets(site)
    with suppress(FileNotFoundError):
        shutil.rmtree(_folder_of(folders, site))


def file_name(foreign: str) -> str:
    """A name that a site has chosen, as a file's: never a path, nothing hidden."""
    plain = "".join(letter for letter in visible(foreign) if letter not in '/\\:*?"<>|')
    return plain[-_NAME_LIMIT:].lstrip(". ") or "package"


def _folder_of(folders: Folders, site: str) -> Path:
    return folders.state / "projects" / _hash(site)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _copy_piece(source: BinaryIO, to: BinaryIO, digest: hashlib._Hash) -> bool:
    piece = source.read(_PIECE)
    digest.update(piece)
    to.write(piece)
    return bool(piece)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())

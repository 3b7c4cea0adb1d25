"""One package arriving: bytes are appended where the last ones ended, and checked at the end."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
from pathlib import Path

from vestibule.access import audit, holding, packages, sessions
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import PackageNew, PackageProgress
from vestibule.store.engine import Store, Transaction

_STEP = 1024**2


class Arrival:
    """Appends to one package for one request.

    Nobody owns a package while it arrives: each piece is appended only if the file ends where the piece
    begins. So of two who upload at once one is told to go on elsewhere, and a connection that died
    without a word keeps nobody waiting.
    """

    def __init__(self, folder: Path, sha256: str, size: int, offset: int) -> None:
        """Raises Refused: ``package_offset``, ``package_unknown`` when nothing is expected."""
        self._folder, self._sha256, self._size = folder, sha256, size
        self._lock = threading.Lock()
        self._hash = hashlib.sha256() if offset == 0 else None
        self.at = offset
        self._file = -1
        try:
            self._file = os.open(packages.part(folder, sha256), os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            here = packages.progress(folder, sha256, size).received
            raise _elsewhere(here) if here else Refused("package_unknown") from None
        if os.fstat(self._file).st_size != offset:
            here = os.fstat(self._file).st_size
            self.close()
            raise _elsewhere(here)

    def append(self, at: int, data: bytes) -> None:
        """Write ``data``, which begins at byte ``at``.

        Raises Refused: ``package_too_large``, ``package_offset``, ``package_unknown``, ``disk_full``.
        """
        with self._lock:
            if self._file < 0:
                raise Refused("package_unknown")
            if at + len(data) > self._size:
                raise Refused("package_too_large")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._append(at, memoryview(data))
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
            if self._hash is not None:
                self._hash.update(data)

    def _append(self, at: int, data: memoryview) -> None:
        status = os.fstat(self._file)
        if status.st_nlink == 0:
            raise Refused("package_unknown")
        if status.st_size != at:
            raise _elsewhere(status.st_size)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
                raise Refused("disk_full") from None
            raise
        self.at = os.fstat(self._file).st_size

    def finish(self, store: Store, who: Principal) -> PackageProgress:
        """Check a package whose last byte is here and put it in place. Raises Refused ``package_damaged``."""
        if self.at == self._size:
            os.fsync(self._file)
            right = (self._hash or _digest_of(self._file)).hexdigest() == self._sha256
            self._put_in_place(store, who, right)
            if not right:
                raise Refused("package_damaged")
        return packages.progress(self._folder, self._sha256, self._size)

    def _put_in_place(self, store: Store, who: Principal, right: bool) -> None:
        """Only the very file that was checked: the name may be another's by now."""
        growing = packages.part(self._folder, self._sha256)
        with store.write() as tx:
            holding.turn(tx, "project")
            sessions.still_stands(tx, who)
            if not (growing.exists() and os.path.samestat(growing.stat(), os.fstat(self._file))):
                return
            if right:
                growing.replace(packages.whole(self._folder, self._sha256))
                _sync(self._folder)
            else:
                growing.unlink()
            self.settle(tx, who, right)

    def settle(self, tx: Transaction, who: Principal, right: bool) -> None:
        """Write down that the package is here, or that it was damaged and is not."""
        if not right:
            packages.drop_unused(tx, [self._sha256])
        outcome = "ok" if right else "package_damaged"
        audit.record(tx, who, "package.received", outcome=outcome, detail={"sha256": self._sha256})

    def close(self) -> None:
        """Let go of the file; what has arrived stays."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1


def begin(store: Store, who: Principal, folder: Path, new: PackageNew) -> PackageProgress:
    """Announce a package; one whose last byte came just before a crash is checked now.

    Raises Refused as ``packages.announce`` and :meth:`Arrival.finish`.
    """
    with store.write() as tx:
        sessions.still_stands(tx, who)
        here = packages.announce(tx, who, folder, new)
    if is_settled(folder, here):
        return here
    arrival = Arrival(folder, new.sha256, new.size, new.size)
    try:
        return arrival.finish(store, who)
    finally:
        arrival.close()


def is_settled(folder: Path, here: PackageProgress) -> bool:
    """Whether there is nothing to check: bytes are missing still, or it was checked already."""
    return here.received < here.size or packages.whole(folder, here.sha256).exists()


def _elsewhere(offset: int) -> Refused:
    return Refused("package_offset", field="offset", detail=str(offset))


def _digest_of(file: int) -> hashlib._Hash:
    digest = hashlib.sha256()
    at = 0
    while data := os.pread(file, _STEP, at):
        digest.update(data)
        at += len(data)
    return digest


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

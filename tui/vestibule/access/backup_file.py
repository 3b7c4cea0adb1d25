"""What lies in a backup: a tar archive in a sealed file, with a manifest of everything at its end."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from vestibule.access.placing import DATABASE
from vestibule.config import KEY_FILE
from vestibule.store.errors import StoreError
from vestibule.store.sealed_file import PIECE, SealedFileError, SealedWriter

MANIFEST: Final = "manifest.json"
MANIFEST_LIMIT: Final = 64 * 1024**2
PACKAGE: Final = re.compile(r"(?:packages|cloud/[A-Z0-9][A-Z0-9-]{3,31})/([0-9a-f]{64})")
CERTIFICATE: Final = ("tls/key.pem", "tls/certificate.pem")
"""The server's own: clients hold on to it. The certificate comes last, as where it is made."""
_NAMES: Final = frozenset({MANIFEST, DATABASE, KEY_FILE, *CERTIFICATE})


class Part(StrEnum):
    """What is being told of while a backup is made or restored."""

    ROWS = "rows"
    BYTES = "bytes"


Told = Callable[[Part, int, int], None]
"""Told how much is done, and how much there is to do."""


class Kept(Struct, frozen=True):
    """A file of the backup."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What the backup holds. ``head``: of the record of decisions; ``whole``: whether that was intact."""

    vestibule: str
    at: datetime
    tables: dict[str, int]
    head: str
    whole: bool
    files: dict[str, Kept]

    @property
    def rows(self) -> int:
        """How many there are altogether."""
        return sum(self.tables.values())


def may_hold(name: str) -> bool:
    """Whether a file of this name belongs into a backup; no other is ever written to a disk."""
    return name in _NAMES or PACKAGE.fullmatch(name) is not None


class Archive:
    """A backup that is being written."""

    def __init__(self, file: SealedWriter, whole: int, told: Told) -> None:
        """``whole``: how many bytes there will be, for those who are ``told``."""
        self._file = file
        self._tar = tarfile.TarFile(mode="w", fileobj=file, copybufsize=PIECE)  # type: ignore[arg-type]
        self._files: dict[str, Kept] = {}
        self._done, self._whole, self._told = 0, whole, told

    def add(self, name: str, path: Path) -> str:
        """Put the file at ``path`` into it as ``name``; its SHA-256. Raises OSError."""
        with path.open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o600
            read = _Watched(file, self._count)
            self._tar.addfile(entry, read)
        self._files[name] = Kept(entry.size, read.digest.hexdigest())
        return self._files[name].sha256

    def finish(self, manifest: Manifest) -> None:
        """Add the ``manifest`` with the files that were put in, and end."""
        written = msgspec.json.encode(msgspec.structs.replace(manifest, files=self._files))
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(written), 0o600
        self._tar.addfile(entry, io.BytesIO(written))
        self._tar.close()
        self._file.finish()

    def _count(self, size: int) -> None:
        self._done += size
        self._told(Part.BYTES, self._done, max(self._whole, self._done))


class _Watched(io.RawIOBase):
    """A file as it is read: counted, and digested."""

    def __init__(self, file: BinaryIO, counted: Callable[[int], None]) -> None:
        self._file, self._counted = file, counted
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        self._counted(len(data))
        return data


@contextmanager
def as_store_errors() -> Iterator[None]:
    """What a sealed file or a disk complains about, as StoreError."""
    try:
        yield
    except SealedFileError as error:
        raise StoreError(error.code) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise StoreError("disk_full", str(error.filename or "")) from None
        raise StoreError("files_unreadable", str(error.filename or error.strerror or error)) from None

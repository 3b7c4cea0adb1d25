"""Writes the ``.vestibule`` file, and reads one that may come from anybody.

Nothing read is believed: all is limited by what the zip declares and again by what is really there, and no
name in it becomes a path.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import os
import stat
import struct
import tempfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec

from vestibule import properties
from vestibule.i18n import _
from vestibule.models import PACKAGE_LIMIT, PackageInfo
from vestibule.remote.errors import Unreachable
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.project_format import (
    FORMAT,
    MANIFEST,
    PACKAGE,
    SETTINGS,
    Contents,
    FilePackage,
    Manifest,
    ProjectFileError,
    safe_name,
)
from vestibule.remote.whole_file import whole_file

if TYPE_CHECKING:
    from vestibule.remote.api import Api

DOCUMENT_LIMIT: Final = 1024**2
"""Bytes of the manifest and of the settings."""
RATIO_LIMIT: Final = 100
"""How many times larger than packed a document may be; ours are not packed at all."""
FILE_LIMIT: Final = PACKAGE_LIMIT + 4 * DOCUMENT_LIMIT
_PIECE: Final = 256 * 1024
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_KNOWN: Final = frozenset({MANIFEST, SETTINGS, PACKAGE})
_DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for archives that are none, or are broken on purpose."""
S = TypeVar("S")


class _Format(msgspec.Struct):
    format: int


class _Limited(io.BufferedReader):
    """Gives out no large piece: the zip's table of contents is read in one, whatever size it claims."""

    def read(self, size: int | None = -1) -> bytes:
        """At most what a document may be long."""
        wanted = DOCUMENT_LIMIT + 1 if size is None or size < 0 else size
        if wanted > DOCUMENT_LIMIT + 1:
            raise ProjectFileError("file_content")
        data = super().read(wanted)
        if len(data) > DOCUMENT_LIMIT:
            raise ProjectFileError("file_content")
        return data


# --- writing ----------------------------------------------------------------------------------


async def write(
    api: Api, number: int, path: Path, *, overwrite: bool = False, progress: Progress = unseen
) -> Manifest:
    """Write version ``number`` to ``path``, readable by its owner only; all of it or nothing.

    Raises ProjectFileError ``file_exists`` unless it may ``overwrite``, ApiProblem, Unreachable and OSError.
    """
    if not overwrite and await asyncio.to_thread(os.path.lexists, path):
        raise ProjectFileError("file_exists")
    version = await api.version(number)
    manifest = Manifest(
        format=FORMAT,
        site=(await api.server()).site,
        version=number,
        exported_at=datetime.now(UTC).replace(microsecond=0),
        package=_described(version.package),
    )
    try:
        async with whole_file(path, overwrite=overwrite) as file:
            with ZipFile(file, "w", ZIP_STORED) as archive:
                archive.writestr(_entry(MANIFEST, manifest), _json(manifest))
                archive.writestr(_entry(SETTINGS, manifest), _json(version.settings or {}))
                await _write_package(api, manifest, archive, progress)
    except FileExistsError:
        raise ProjectFileError("file_exists") from None
    return manifest


def _described(package: PackageInfo | None) -> FilePackage | None:
    if package is None:
        return None
    return FilePackage(name=package.name, size=package.size, sha256=package.sha256)


async def _write_package(api: Api, manifest: Manifest, archive: ZipFile, progress: Progress) -> None:
    if manifest.package is not None:
        with archive.open(_entry(PACKAGE, manifest), "w", force_zip64=True) as file:
            info = await api.download_package(manifest.version, cast("BinaryIO", file), progress)
        if info.sha256 != manifest.package.sha256:
            raise Unreachable(_("the package has changed"))


def _entry(name: str, manifest: Manifest) -> ZipInfo:
    entry = ZipInfo(name, manifest.exported_at.timetuple()[:6])
    entry.external_attr = 0o600 << 16
    return entry


def _json(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


# --- reading ----------------------------------------------------------------------------------


def read(path: Path, folder: Path) -> Contents:
    """What the file at ``path`` holds; its package becomes a new private file in ``folder``.

    Raises ProjectFileError, then nothing is left in ``folder``; OSError when a file cannot be used.
    """
    with _Limited(io.FileIO(path, opener=_open)) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ProjectFileError("file_no_zip")
        if status.st_size > FILE_LIMIT:
            raise ProjectFileError("file_too_large")
        try:
            return _read(file, folder)
        except _DAMAGE:
            raise ProjectFileError("file_damaged") from None
        except OSError as error:
            # A seek to before the beginning, which a broken table of contents asks for.
            if error.errno == errno.EINVAL:
                raise ProjectFileError("file_damaged") from None
            raise


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe of this name would be waited for for ever


def _read(file: _Limited, folder: Path) -> Contents:
    try:
        archive = ZipFile(file)
    except BadZipFile:
        raise ProjectFileError("file_no_zip") from None
    with archive:
        entries = _entries(archive)
        manifest = _manifest(_document(archive, entries[MANIFEST]))
        settings = _settings(_document(archive, entries[SETTINGS]))
        entry = entries.get(PACKAGE)
        if (entry is None) != (manifest.package is None):
            raise ProjectFileError("file_content")
        package = None
        if entry is not None and manifest.package is not None:
            package = _package(archive, entry, manifest.package, folder)
        return Contents(manifest=manifest, settings=settings, package=package)


def _entries(archive: ZipFile) -> dict[str, ZipInfo]:
    """The entries by name: exactly those of the format, each once, plain and of a possible size."""
    entries = {entry.orig_filename: entry for entry in archive.infolist()}
    whole = len(entries) == len(archive.infolist()) and set(entries) <= _KNOWN
    if not whole or not {MANIFEST, SETTINGS} <= set(entries):
        raise ProjectFileError("file_content")
    for name, entry in entries.items():
        _check(entry, PACKAGE_LIMIT if name == PACKAGE else DOCUMENT_LIMIT)
    return entries


def _check(entry: ZipInfo, limit: int) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise ProjectFileError("file_encrypted")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) or entry.filename not in _KNOWN:
        raise ProjectFileError("file_content")
    if entry.file_size > limit:
        raise ProjectFileError("file_too_large")
    packed = entry.compress_type == ZIP_DEFLATED and entry.filename != PACKAGE
    if not (packed or entry.compress_type == ZIP_STORED):
        raise ProjectFileError("file_content")
    if packed and entry.file_size > RATIO_LIMIT * max(1, entry.compress_size):
        raise ProjectFileError("file_too_large")
    if not packed and entry.file_size != entry.compress_size:
        raise ProjectFileError("file_damaged")


def _document(archive: ZipFile, entry: ZipInfo) -> bytes:
    with archive.open(entry) as file:
        data = file.read(DOCUMENT_LIMIT + 1)
    if len(data) != entry.file_size:
        raise ProjectFileError("file_damaged")
    return data


def _manifest(data: bytes) -> Manifest:
    if _decoded(data, _Format).format != FORMAT:
        raise ProjectFileError("file_format")
    return _decoded(data, Manifest)


def _settings(data: bytes) -> dict[str, Any]:
    """Settings as they may stand. A secret is refused like an unknown one: we never write any."""
    settings: dict[str, Any] = {}
    for key, value in _decoded(data, dict[str, Any]).items():
        if key not in properties.BY_KEY or key in properties.SECRETS:
            raise ProjectFileError("file_setting_unknown", key)
        try:
            settings[key] = properties.normal(key, value)
        except (ValueError, OverflowError):
            raise ProjectFileError("file_setting", key) from None
    return settings


def _decoded(data: bytes, shape: type[S]) -> S:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise ProjectFileError("file_content") from None


def _package(archive: ZipFile, entry: ZipInfo, told: FilePackage, folder: Path) -> Path:
    if entry.file_size != told.size:
        raise ProjectFileError("file_damaged")
    # A folder of its own, so that the file may have the name that people know without meeting another.
    inside = Path(tempfile.mkdtemp(dir=folder))
    path = inside / safe_name(told.name, PACKAGE)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as to, archive.open(entry) as source:
            digest, left = hashlib.sha256(), told.size
            while piece := source.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                to.write(piece)
        if left or digest.hexdigest() != told.sha256:
            raise ProjectFileError("file_damaged")
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            inside.rmdir()
        raise
    return path

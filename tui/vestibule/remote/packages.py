"""Moving packages between a file and the server in pieces, so that memory stays flat on both sides."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from vestibule.i18n import _
from vestibule.models import PackageInfo, PackageNew, PackageProgress
from vestibule.remote.errors import Unreachable

if TYPE_CHECKING:
    from vestibule.remote.api import Api

SENT_PIECE = 256 * 1024
FETCHED_PIECE = 512 * 1024
"""Bytes asked for at a time: each answer is kept whole; 4 MiB took 80 MB and were no faster."""
Progress: TypeAlias = Callable[[int, int], None]
"""Told how many bytes of how many are there."""


def unseen(_done: int, _whole: int) -> None:
    """Progress that nobody watches."""


Pieces: TypeAlias = AsyncIterator[bytes]


class Receiver(Protocol):
    """What takes a package in pieces."""

    async def package_begin(self, new: PackageNew) -> PackageProgress:
        """Announce a package, or ask how much of it has arrived."""

    async def package_append(self, sha256: str, offset: int, pieces: Pieces) -> PackageProgress:
        """Send what comes at ``offset``."""


async def upload(api: Receiver, path: Path, progress: Progress) -> PackageProgress:
    """Upload the file at ``path``, going on where an earlier upload ended. Cancel the task to stop.

    Raises ApiProblem, Unreachable, and OSError when the file cannot be read.
    """
    with await asyncio.to_thread(path.open, "rb") as file:
        new = await asyncio.to_thread(_describe, file, path.name)
        here = _same(await api.package_begin(new), new)
        progress(here.received, here.size)
        if here.received == here.size:
            return here
        file.seek(here.received)
        return _same(await api.package_append(new.sha256, here.received, _pieces(file, here, progress)), new)


def _same(here: PackageProgress, sent: PackageNew) -> PackageProgress:
    """``here``, if it is about what was ``sent``: it may be signed by this name. Raises Unreachable."""
    if (here.sha256, here.size) != (sent.sha256, sent.size) or not 0 <= here.received <= sent.size:
        raise Unreachable(_("not a Vestibule server"))
    return here


async def download(api: Api, number: int, to: BinaryIO, progress: Progress) -> PackageInfo:
    """Write the package of version ``number`` into ``to`` and check it.

    Raises ApiProblem (``package_unknown`` when the version has none), Unreachable, and OSError.
    """
    info = (await api.version(number)).package
    if info is None:
        await api.package_piece(number, 0, 1)  # the server says why
        raise Unreachable(_("not a Vestibule server"))
    digest = hashlib.sha256()
    done = 0
    while done < info.size:
        piece = await api.package_piece(number, done, FETCHED_PIECE)
        if not piece:
            break
        await asyncio.to_thread(_take, piece, digest, to)
        done += len(piece)
        progress(done, info.size)
    if digest.hexdigest() != info.sha256:
        raise Unreachable(_("the package arrived damaged"))
    return info


def _describe(file: BufferedReader, name: str) -> PackageNew:
    digest = hashlib.file_digest(file, "sha256")
    return PackageNew(sha256=digest.hexdigest(), size=file.tell(), name=name)


async def _pieces(file: BufferedReader, here: PackageProgress, progress: Progress) -> AsyncIterator[bytes]:
    """What is left of the file; never more than was announced, also when it has grown since."""
    done = here.received
    while done < here.size:
        piece = await asyncio.to_thread(file.read, min(SENT_PIECE, here.size - done))
        if not piece:
            return
        yield piece
        done += len(piece)
        progress(done, here.size)


def _take(piece: bytes, digest: hashlib._Hash, to: BinaryIO) -> None:
    digest.update(piece)
    to.write(piece)

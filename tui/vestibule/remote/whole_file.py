"""A file that is written as a whole or not at all, readable by its owner only."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast


@asynccontextmanager
async def whole_file(path: Path, *, overwrite: bool = False) -> AsyncIterator[BinaryIO]:
    """A file to write into; it is at ``path`` once the block has ended, and nowhere when that fails.

    Raises FileExistsError unless it may ``overwrite``, and OSError.
    """
    if not overwrite and await asyncio.to_thread(os.path.lexists, path):
        raise _exists(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield cast("BinaryIO", file)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        _put(Path(name), path, overwrite)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _put(draft: Path, path: Path, overwrite: bool) -> None:
    """In one step; a link never replaces what somebody else has put there meanwhile."""
    if not overwrite:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise _exists(path) from None
        except OSError:  # a stick without hard links
            if os.path.lexists(path):
                raise _exists(path) from None
        else:
            return
    draft.replace(path)


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))

"""Takes a ``.vestibule`` file up as staged edits."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vestibule.config import Folders, private_folder
from vestibule.remote import project_file
from vestibule.remote.project_format import Contents
from vestibule.remote.staging import Staging

if TYPE_CHECKING:
    from vestibule.remote.api import Api


def incoming(folders: Folders, address: str) -> Path:
    """Where an imported package waits for its upload; each site has its own, as it has its own edits."""
    return folders.state / f"imported-{hashlib.sha256(address.encode()).hexdigest()[:16]}"


async def take_up(api: Api, path: Path, folders: Folders, staging: Staging, address: str) -> Contents:
    """Read the file at ``path`` and stage what differs from what is in force here.

    Raises ProjectFileError and OSError, then nothing is staged; ApiProblem and Unreachable.
    """
    folder = private_folder(incoming(folders, address))
    current = await api.system()
    found = await asyncio.to_thread(project_file.read, path, folder)
    known = {**current.settings, **staging.edits}
    for key, value in found.settings.items():
        if known.get(key) != value:
            staging.stage(key, value, current)
    if found.package is not None:
        here = found.manifest.package
        if current.package is None or here is None or current.package.sha256 != here.sha256:
            staging.stage_package(str(found.package), current)
    _forget_others(folder, staging)
    return found


def discard(folders: Folders, address: str) -> None:
    """Remove imported packages that were uploaded or are not wanted any more."""
    with suppress(OSError):
        _remove(incoming(folders, address), lambda _path: False)


def _forget_others(folder: Path, staging: Staging) -> None:
    wanted = staging.draft.package if staging.draft else None
    with suppress(OSError):
        _remove(folder, lambda path: str(path) == wanted)


def _remove(folder: Path, keep: Callable[[Path], bool]) -> None:
    for inside in folder.iterdir():
        for file in inside.iterdir():
            if not keep(file):
                file.unlink()
        if not any(inside.iterdir()):
            inside.rmdir()

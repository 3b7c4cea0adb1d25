"""What was staged becomes a version: its package is sent, its edits are made, its hooks are followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from vestibule import properties
from vestibule.models import System, SystemChange, Version
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.staging import Draft, Staging, package_of, three_way

if TYPE_CHECKING:
    from vestibule.remote.api import Api

HOOK_SECONDS = 40.0
"""How long the hooks of an upload are followed."""
LOOK_SECONDS = 1.0
_PAGE = 200


async def send_package(api: Api, draft: Draft, progress: Progress = unseen) -> str | UnsetType:
    """Send the draft's package, going on where it was cut; its SHA-256. Cancel the task to stop."""
    path = package_of(draft)
    return UNSET if path is None else (await api.upload_package(path, progress)).sha256


def seldom(progress: Progress, seconds: float = 0.25) -> Progress:
    """Tell ``progress`` no oftener than that, and the end in any case."""
    told = float("-inf")

    def tell(done: int, whole: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= seconds or done >= whole:
            told = now
            progress(done, whole)

    return tell


async def make_version(
    api: Api,
    draft: Draft,
    package: str | UnsetType,
    note: str,
    profiles: dict[str, str] | UnsetType = UNSET,
) -> System:
    """Make the next version. Raises ApiProblem ``version_stale`` when the draft's base is not in force."""
    change = SystemChange(settings=draft.edits, note=note, package=package, profiles=profiles)
    return await api.change_system(change, draft.base)


async def follow_hooks(api: Api, number: int) -> AsyncIterator[Version]:
    """The version each second while its hooks run, until they are done or it takes too long."""
    ends = asyncio.get_running_loop().time() + HOOK_SECONDS
    while True:
        version = await api.version(number)
        yield version
        running = any(hook.running for hook in version.hooks)
        if not running or asyncio.get_running_loop().time() >= ends:
            return
        await asyncio.sleep(LOOK_SECONDS)


class Others(msgspec.Struct, kw_only=True):
    """What others have made of it since the draft's base."""

    current: System
    versions: list[Version]
    """Newest first."""
    clashes: dict[str, tuple[Any, Any, Any]]
    """Edited here too, to something else: key → (base, theirs, mine), in the order of the grid."""
    taken: dict[str, tuple[Any, Any]]
    """Changed by others only: key → (base, theirs)."""


async def what_others_did(api: Api, draft: Draft) -> Others:
    """Compare the draft with what is in force now. Raises ApiProblem, Unreachable."""
    current = await api.system()
    versions = [each for each in (await api.versions(_PAGE)).versions if each.version > draft.base]
    changed = {key for version in versions for key in version.changed}
    clashes = {key: row for key, row in three_way(draft, current).items() if row[1] != row[2]}
    # Of a secret nobody sees what it was, only that a version has changed it.
    secrets = set(properties.SECRETS)
    for key in changed & secrets & set(draft.edits):
        clashes[key] = (draft.base_settings.get(key), current.settings.get(key), draft.edits[key])
    taken = {
        key: (draft.base_settings.get(key), value)
        for key, value in current.settings.items()
        if key not in draft.edits and (draft.base_settings.get(key) != value or key in changed & secrets)
    }
    order = [entry.key for entry in properties.PROPERTIES]
    return Others(
        current=current,
        versions=versions,
        clashes={key: clashes[key] for key in order if key in clashes},
        taken={key: taken[key] for key in order if key in taken},
    )


def settle(staging: Staging, others: Others, mine: Callable[[str], bool]) -> None:
    """Go on from what is in force; of the rows edited by both keep those that are to be ``mine``."""
    edits = {key: value for key, value in staging.edits.items() if key not in others.clashes or mine(key)}
    staging.rebase(others.current, edits)

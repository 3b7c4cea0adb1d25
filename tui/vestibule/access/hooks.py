"""Apply hooks: programs of the site's own that act on new settings, run after each upload.

They are the executables of one folder, run in the order of their names with JSON on stdin. Secrets
reach only those that nobody but the owner can replace.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select, update

from vestibule import text
from vestibule.access import audit, settings
from vestibule.access.principal import server
from vestibule.models import HookResult
from vestibule.store.clock import MINUTE
from vestibule.store.engine import Transaction
from vestibule.store.schema import hook_run, project_version

TIME_LIMIT = 30.0
"""Seconds a hook may take."""
OUTPUT_KEPT = 4096
_LATE = 10 * MINUTE
"""A hook without a result after that long has died with its server."""
_DOTS = "••••".encode()


def found(folder: Path | None) -> list[Path]:
    """The executables in ``folder`` in the order of their names, hidden ones left out."""
    if folder is None or not folder.is_dir():
        return []
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if _is_hook(path))
    return []


def _is_hook(path: Path) -> bool:
    named = not path.name.startswith(".") and text.objection(path.name, text.NOTE_LIMIT) is None
    return named and path.is_file() and os.access(path, os.X_OK)


def may_have_secrets(hook: Path) -> bool:
    """Whether only its owner, who is us or root, can change the file or put another in its place."""
    try:
        real = hook.resolve(strict=True)
        return all(_ours_alone(path) for path in (real, real.parent, hook.parent))
    except OSError:
        return False


def _ours_alone(path: Path) -> bool:
    status = path.stat()
    loose = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not loose and status.st_uid in (0, os.geteuid())


def plan(tx: Transaction, hooks: Iterable[Path], version: int) -> None:
    """Write down, with the upload itself, which hooks will run for it."""
    rows = [{"version": version, "hook": hook.name, "output": "", "at": tx.now} for hook in hooks]
    if rows:
        tx.connection.execute(hook_run.insert(), rows)


def message(tx: Transaction, version: int, with_secrets: bool) -> bytes | None:
    """What a hook reads: the settings of ``version``; None when that is not in force any more."""
    row = settings.newest(tx)
    if row.number != version:
        return None
    told: dict[str, Any] = {"version": version, "settings": settings.of_row(row), "changed": row.changed}
    if with_secrets:
        told["secrets"] = settings.secret_values(tx)
    return msgspec.json.encode(told)


def masked(output: bytes, secrets: Iterable[str]) -> str:
    """The end of what a hook wrote, with dots for each secret: in clear or as its JSON had it."""
    forms = {form for value in secrets if value for form in _forms(value)}
    plain = output.replace(b"\0", b" ")
    for form in sorted(forms, key=len, reverse=True):
        plain = plain.replace(form, b"\0" * len(form))
    # Same length until it is cut, so that the cut leaves no half of a secret.
    return re.sub(rb"\0+", _DOTS, plain[-OUTPUT_KEPT:]).decode(errors="replace")


def tail_needed(secrets: Iterable[str]) -> int:
    """How many bytes of output must be kept for :func:`masked` to see every secret whole."""
    return OUTPUT_KEPT + max((len(form) for value in secrets for form in _forms(value)), default=0)


def _forms(value: str) -> tuple[bytes, ...]:
    return value.encode(), msgspec.json.encode(value)[1:-1], json.dumps(value)[1:-1].encode()


def finished(tx: Transaction, version: int, hook: str, code: int | None, seconds: float, output: str) -> None:
    """Keep what came of a hook, if its version is still kept; the audit has it in any case."""
    mine = (hook_run.c.version == version) & (hook_run.c.hook == hook)
    result = {"exit": code, "seconds": round(seconds, 3), "output": output}
    tx.connection.execute(update(hook_run).where(mine).values(**result))
    outcome = "ok" if code == 0 else "hook_failed"
    detail = {"version": version, "hook": hook, "exit": code, "seconds": round(seconds, 3)}
    audit.record(tx, server(), "hook.ran", outcome=outcome, detail=detail)


def results(tx: Transaction, versions: Sequence[int]) -> Mapping[int, list[HookResult]]:
    """What the hooks of each of ``versions`` said."""
    query = select(hook_run).where(hook_run.c.version.in_(versions)).order_by(hook_run.c.hook)
    said: dict[int, list[HookResult]] = {version: [] for version in versions}
    for row in tx.connection.execute(query):
        result = HookResult(
            hook=row.hook,
            exit=row.exit,
            seconds=row.seconds or 0.0,
            output=row.output,
            running=row.seconds is None and row.at > tx.now - _LATE,
        )
        said[row.version].append(result)
    return said


def forget_pruned(tx: Transaction) -> None:
    """Forget the runs of versions that are not kept any more."""
    tx.connection.execute(
        hook_run.delete().where(hook_run.c.version.not_in(select(project_version.c.number)))
    )

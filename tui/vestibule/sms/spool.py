"""A modem through gammu-smsd's files service: one file per message, which the daemon moves on.

A file's name is ``OUT<priority><date>_<time>_<nn>_<number>_<note>.txt<options>``; the note is the
message's ref and stays with the file. Before the daemon takes a file away from the outbox it has
written it to the folder of those sent, or of those given up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vestibule.sms.channel import Message, Progress, Receipt, failed, is_ref
from vestibule.sms.kinds import Spool

_PRIORITY = "A"  # before anything else that waits: a code does not live long
_MODE = 0o660  # the daemon has an account of its own and shares the folder's group


class SpoolChannel:
    """``send`` only queues. A modem that cannot send keeps a message queued: it is never called sent."""

    kind = "spool"

    def __init__(self, settings: Spool) -> None:
        self._settings = settings
        self._folders = (settings.outbox_folder, settings.sent_folder, settings.error_folder)

    def send(self, message: Message) -> Receipt:
        """See ``Channel.send``."""
        outbox = self._settings.outbox_folder
        stamp = time.strftime("%Y%m%d_%H%M%S")
        options = "f" if self._settings.flash else ""
        name = f"OUT{_PRIORITY}{stamp}_00_{message.to}_{message.ref}.txt{options}"
        draft = outbox / f".{name}"
        try:
            # The daemon reads only names that begin with OUT: it never sees half a file.
            _write(draft, message.text.encode("utf-16"))
            draft.rename(outbox / name)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return failed(f"the outbox cannot be written: {error.strerror}", again=_may_pass(error))
        return Receipt(Progress.QUEUED, provider_id=message.ref)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``. What is sent or given up is deleted: it still holds the text."""
        try:
            if _found(self._settings.outbox_folder, message_ref):
                return Receipt(Progress.QUEUED, provider_id=message_ref)
            if _remove(self._settings.sent_folder, message_ref):
                return Receipt(Progress.SENT, provider_id=message_ref)
            if _remove(self._settings.error_folder, message_ref):
                return failed("the modem gave up after its tries", again=False)
        except OSError as error:
            return failed(f"the spool cannot be read: {error.strerror}", again=True)
        return failed("the spool does not have it any more", again=False)

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``."""
        # In the order in which the daemon moves a file: it cannot slip behind us.
        for folder in self._folders:
            with suppress(OSError):
                _remove(folder, message_ref)

    def check(self) -> str:
        """See ``Channel.check``: the folders, the daemon if its pid file is known, and what waits."""
        for folder in self._folders:
            if not folder.is_dir():
                return f"The spool folder {folder.name} does not exist."
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                return f"The spool folder {folder.name} cannot be written."
        if self._settings.pid_file is not None and not _lives(self._settings.pid_file):
            return "gammu-smsd does not run."
        waited = _longest_wait(self._settings.outbox_folder)
        if waited > self._settings.stale_after:
            return f"A message has waited {waited:.0f} s in the outbox: gammu-smsd does not send."
        return ""


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        group = path.parent.stat().st_gid
        if os.fstat(handle).st_gid != group:
            os.fchown(handle, -1, group)
        os.fchmod(handle, _MODE)
        file.write(data)


def _named(folder: Path, ref: str) -> Iterator[Path]:
    """Every file of a message: also an unfinished one, and parts of one that was split."""
    if is_ref(ref):
        with os.scandir(folder) as entries:
            yield from [Path(entry.path) for entry in entries if f"_{ref}" in entry.name]


def _found(folder: Path, ref: str) -> bool:
    return any(True for _ in _named(folder, ref))


def _remove(folder: Path, ref: str) -> bool:
    """Whether there was something of it in ``folder``; there is no more."""
    removed = False
    for path in _named(folder, ref):
        path.unlink(missing_ok=True)
        removed = True
    return removed


def _may_pass(error: OSError) -> bool:
    return not isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError)


def _lives(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except PermissionError:
        return True  # it is another account's
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _longest_wait(outbox: Path) -> float:
    """Seconds since the oldest waiting message was written."""
    now, oldest = time.time(), 0.0
    with suppress(OSError), os.scandir(outbox) as entries:
        for entry in entries:
            if entry.name.startswith("OUT"):
                with suppress(OSError):
                    oldest = max(oldest, now - entry.stat().st_mtime)
    return oldest

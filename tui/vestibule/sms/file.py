"""For trying out: each message is a JSON line of a file that only its owner can read."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from vestibule.sms.channel import NO_RECORD, Message, Progress, Receipt, failed
from vestibule.sms.kinds import File

_LOOK_SECONDS = 0.02


class FileChannel:
    """Lines ``{"ref", "to", "sender", "text"}``; a line goes when its message's life is over."""

    kind = "file"

    def __init__(self, settings: File) -> None:
        self._settings = settings

    def send(self, message: Message) -> Receipt:
        """See ``Channel.send``."""
        line = {"ref": message.ref, "to": message.to, "sender": message.sender, "text": message.text}
        try:
            with self._open() as file:
                file.seek(0, os.SEEK_END)
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            return failed(
                f"the file cannot be written: {error.strerror}", again=isinstance(error, TimeoutError)
            )
        return Receipt(Progress.SENT)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``: a file has no one to ask."""
        return NO_RECORD

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``: the line goes, and with it any that is broken."""
        with suppress(OSError):
            if not self._settings.path.exists():
                return
            with self._open() as file:
                kept = [line for line in file if _ref(line) not in (message_ref, None)]
                file.seek(0)
                file.truncate()
                file.writelines(kept)

    def check(self) -> str:
        """See ``Channel.check``."""
        try:
            with self._open():
                return ""
        except OSError as error:
            return f"The file cannot be written: {error.strerror}."

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        """The file, made if missing, for us alone. Raises ``OSError``."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with os.fdopen(os.open(self._settings.path, flags, 0o600), "r+b") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & 0o077 or status.st_uid != os.geteuid():
                raise PermissionError(0, "others can read it")
            self._lock(file)
            yield file

    def _lock(self, file: BinaryIO) -> None:
        deadline = time.monotonic() + self._settings.time_limit
        while True:
            try:
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(0, "another program holds it") from None
                time.sleep(_LOOK_SECONDS)


def _ref(line: bytes) -> object:
    """The ref of a line; None for what is no message."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message.get("ref") if isinstance(message, dict) else None

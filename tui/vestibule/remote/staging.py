"""Edits of System that are not uploaded yet: they outlive the screen, a lost connection and a crash.

One file per site in the state folder, sealed with a key of its own beside it, since edits may hold secrets.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

from vestibule import properties
from vestibule.config import Folders, write_private
from vestibule.models import System

_KEY_FILE = "staging.key"
_KEY_LENGTH = 32
_NONCE = 12


class Draft(msgspec.Struct, kw_only=True):
    """What is kept. ``base`` is the version the edits began from, with its settings for comparing."""

    base: int
    base_settings: dict[str, Any]
    edits: dict[str, Any] = {}
    note: str = ""
    package: str | None = None
    """Path of a package file to upload with it."""

    def __repr__(self) -> str:
        return f"Draft(base={self.base}, {sorted(self.edits)}, ••••)"


class Staging:
    """The draft for one site; every change is on disk when the method returns.

    Others may stage for the same site, such as the command line: every change begins with what is on disk.
    """

    def __init__(self, folders: Folders, address: str) -> None:
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        self._path = folders.state / f"staged-{name}"
        self._key_path = folders.state / _KEY_FILE
        self._draft = self._load()

    @property
    def draft(self) -> Draft | None:
        """The draft, None when nothing is staged."""
        return self._draft

    @property
    def edits(self) -> dict[str, Any]:
        """Key → staged value; secrets are in clear, here only."""
        return dict(self._draft.edits) if self._draft else {}

    @property
    def base(self) -> int | None:
        """The version that the edits began from."""
        return self._draft.base if self._draft else None

    def reload(self) -> None:
        """Take up what others have staged meanwhile."""
        self._draft = self._load()

    def stage(self, key: str, value: Any, current: System) -> None:
        """Keep ``value`` for ``key``; one equal to what is in force in ``current`` is no edit.

        Raises ValueError with a problem code when it may not stand there, OSError when it cannot be kept.
        """
        value = properties.normal(key, value)
        draft = self._begin(current)
        edits = {name: kept for name, kept in draft.edits.items() if name != key}
        if _differs(current, key, value):
            edits[key] = value
        self._keep(msgspec.structs.replace(draft, edits=edits))

    def stage_package(self, path: str | None, current: System) -> None:
        """Upload the file at ``path`` with the edits; None takes it back."""
        self._keep(msgspec.structs.replace(self._begin(current), package=path))

    def stage_note(self, note: str) -> None:
        """What the edits are for; kept as long as there are any."""
        self.reload()
        if self._draft is not None and self._draft.note != note:
            self._keep(msgspec.structs.replace(self._draft, note=note))

    def revert(self, key: str) -> None:
        """Drop one edit."""
        self.reload()
        if self._draft is not None:
            edits = {name: kept for name, kept in self._draft.edits.items() if name != key}
            self._keep(msgspec.structs.replace(self._draft, edits=edits))

    def clear(self) -> None:
        """Drop everything: it was uploaded, or is not wanted."""
        self._path.unlink(missing_ok=True)
        self._draft = None

    def rebase(self, current: System, edits: dict[str, Any]) -> None:
        """Go on from ``current`` with ``edits``, after a conflict was decided row by row."""
        kept = {key: value for key, value in edits.items() if _differs(current, key, value)}
        began = {"base": current.version, "base_settings": current.settings}
        self._keep(msgspec.structs.replace(self._begin(current), **began, edits=kept))

    def _begin(self, current: System) -> Draft:
        """The draft to go on from, a new one where there is none."""
        self.reload()
        return self._draft or Draft(base=current.version, base_settings=current.settings)

    def _keep(self, draft: Draft) -> None:
        if not draft.edits and draft.package is None:
            self.clear()
            return
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key()).encrypt(nonce, msgspec.json.encode(draft), self._path.name.encode())
        write_private(self._path, nonce + sealed)
        self._draft = draft

    def _load(self) -> Draft | None:
        """What is on disk; what cannot be read any more is no draft."""
        try:
            data, key = self._path.read_bytes(), self._key_path.read_bytes()
        except OSError:
            return None
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            plain = AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], self._path.name.encode())
            draft = msgspec.json.decode(plain, type=Draft)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return None
        # An older Vestibule may have taken what this one does not.
        draft.edits = {k: value for k, value in draft.edits.items() if properties.objection(k, value) is None}
        return draft

    def _key(self) -> bytes:
        try:
            key = self._key_path.read_bytes()
        except FileNotFoundError:
            key = b""
        if len(key) != _KEY_LENGTH:  # what a damaged one has sealed is lost already
            write_private(self._key_path, os.urandom(_KEY_LENGTH))
            key = self._key_path.read_bytes()
        return key


def _differs(current: System, key: str, value: Any) -> bool:
    """Whether uploading ``value`` would change anything, as far as can be known of a secret."""
    in_force = current.settings.get(key)
    if key in properties.SECRETS:
        return bool(value) or in_force != {"set": False}
    return bool(in_force != value)


def three_way(draft: Draft, current: System) -> dict[str, tuple[Any, Any, Any]]:
    """Rows that somebody else changed meanwhile and that are edited here too: key → (base, theirs, mine).

    Where both want the same there is nothing to decide. Of a secret that was set before and still is, it
    cannot be told here whether it was changed.
    """
    return {
        key: (draft.base_settings.get(key), current.settings.get(key), mine)
        for key, mine in draft.edits.items()
        if draft.base_settings.get(key) != current.settings.get(key) and _differs(current, key, mine)
    }


def package_of(draft: Draft | None) -> Path | None:
    """The package file to upload."""
    return Path(draft.package) if draft is not None and draft.package else None

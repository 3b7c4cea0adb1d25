"""Encryption at rest for secrets that must be read back, and keys for digests.

AES-256-GCM with the row as associated data, so that a ciphertext moved to another row fails
(ASVS 11.3.3). The key is kept outside the database. When it is changed, digests of what nobody can tell
again go on with the first one: whoever holds a token or a recovery code need not get another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vestibule.config import KEY_FILE, key_path, write_private
from vestibule.store.errors import StoreError

NEXT_KEY = f"{KEY_FILE}.next"
"""A new key until the rows that are sealed with it are there; which one is in force, they say."""
_KEPT = frozenset({"token", "recovery", "cloud token", "throttle", "cloud throttle"})
"""Purposes whose digests outlive a change of the key: of what is long and random, or only counted."""
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Vault:
    """Holds the site's key; hands out encryption and keyed digests, one subkey per purpose."""

    def __init__(self, key: bytes, first: bytes | None = None) -> None:
        """``first``: the site's first key, if that was another one."""
        if len(key) != _KEY_BYTES or (first is not None and len(first) != _KEY_BYTES):
            raise StoreError("key_unreadable", KEY_FILE)
        self._key = key
        self._first = first or key
        self._key_id = hashlib.sha256(b"vestibule key id" + key).digest()[:4]
        self._cipher = AESGCM(self._subkey("vault"))
        self._digest_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "Vault(••••)"

    def _subkey(self, purpose: str, root: bytes | None = None) -> bytes:
        derive = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"vestibule {purpose}".encode()).derive
        return derive(root or self._key)

    def successor(self) -> tuple[Vault, bytes]:
        """The vault of a new key, and what the file of that key holds."""
        key = secrets.token_bytes(_KEY_BYTES)
        lines = [base64.b64encode(each) + b"\n" for each in (key, self._first)]
        return Vault(key, self._first), b"".join(lines)

    def seal(self, row: str, plain: str) -> bytes:
        """``plain`` encrypted for ``row`` (``table:column:id``): key id, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._key_id + nonce + self._cipher.encrypt(nonce, plain.encode(), row.encode())

    def open(self, row: str, sealed: bytes) -> str:
        """The text sealed for ``row``. Raises StoreError when it was altered, moved or of another key."""
        nonce, body = sealed[4 : 4 + _NONCE_BYTES], sealed[4 + _NONCE_BYTES :]
        if sealed[:4] != self._key_id:
            raise StoreError("key_wrong", row)
        try:
            return self._cipher.decrypt(nonce, body, row.encode()).decode()
        except InvalidTag:
            raise StoreError("vault_damaged", row) from None

    def digest(self, purpose: str, value: bytes) -> bytes:
        """A keyed digest of ``value``: without the key it can be neither made nor guessed at."""
        key = self._digest_keys.get(purpose)
        if key is None:
            root = self._first if purpose in _KEPT else self._key
            key = self._digest_keys[purpose] = self._subkey(f"digest {purpose}", root)
        return hmac.digest(key, value, "sha256")


def create_key(state: Path) -> Vault:
    """Make a new key file in ``state``."""
    key = secrets.token_bytes(_KEY_BYTES)
    write_private(state / KEY_FILE, base64.b64encode(key) + b"\n")
    return Vault(key)


def load_key(state: Path, environ: Mapping[str, str] = os.environ) -> Vault:
    """The key from systemd's credentials if given there, else from ``state``.

    Raises StoreError when it is missing, unreadable, or open to others than its owner.
    """
    path = key_path(state, environ)
    if path.parent == state:
        # What systemd hands over it guards itself: its user's right to read shows as the group's.
        require_private(path, "key_missing")
    return _read_key(path)


def load_fitting_key(state: Path, fits: Callable[[Vault], bool]) -> Vault | None:
    """The key that the rows say is in force; None where it is not here. Raises StoreError as ``load_key``.

    One that was about to be put in place when the power went is so now.
    """
    vault, waiting = load_key(state), state / NEXT_KEY
    if fits(vault) or not waiting.exists():
        return vault if fits(vault) else None
    require_private(waiting, "key_missing")
    vault = _read_key(waiting)
    if not fits(vault):
        return None
    put_key_in_force(state)
    return vault


def put_key_in_force(state: Path) -> None:
    """The next key becomes the key; whoever finds the rows sealed with it may be the one to do so."""
    with suppress(FileNotFoundError):
        (state / NEXT_KEY).replace(state / KEY_FILE)
    folder = os.open(state, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_key(path: Path) -> Vault:
    try:
        keys = [base64.b64decode(line, validate=False) for line in path.read_bytes().split()]
    except (OSError, ValueError):
        raise StoreError("key_unreadable", str(path)) from None
    if len(keys) not in (1, 2):
        raise StoreError("key_unreadable", str(path))
    return Vault(*keys)


def require_private(path: Path, missing: str) -> None:
    """Raise StoreError ``missing`` if ``path`` is not there, ``files_loose`` if others may touch it."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise StoreError(missing, str(path)) from None
    except OSError as error:
        raise StoreError("files_unreadable", f"{path}: {error.strerror}") from None
    if mode & 0o077:
        raise StoreError("files_loose", str(path))

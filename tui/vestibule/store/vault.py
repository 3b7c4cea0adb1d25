"""Encryption at rest for secrets that must be read back, and keys for digests.

AES-256-GCM with the row as associated data, so that a ciphertext moved to another row fails
(ASVS 11.3.3). The key is kept outside the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vestibule.config import KEY_FILE, key_path, write_private
from vestibule.store.errors import StoreError

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Vault:
    """Holds the site's key; hands out encryption and keyed digests, one subkey per purpose."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise StoreError("key_unreadable", KEY_FILE)
        self._key = key
        self._key_id = hashlib.sha256(b"vestibule key id" + key).digest()[:4]
        self._cipher = AESGCM(self._subkey("vault"))
        self._digest_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "Vault(••••)"

    def _subkey(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"vestibule {purpose}".encode()).derive(self._key)

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
            key = self._digest_keys[purpose] = self._subkey(f"digest {purpose}")
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
    try:
        key = base64.b64decode(path.read_bytes(), validate=False)
    except (OSError, ValueError):
        raise StoreError("key_unreadable", str(path)) from None
    return Vault(key)


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

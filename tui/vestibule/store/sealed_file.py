"""A file in sealed pieces, written and read in one go: whatever is altered, swapped or cut off is noticed.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, *Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance*, 2015): AES-256-GCM, the nonce being the number of the piece and whether it is
the last. A key serves one file only. It comes from a passphrase by Argon2id (RFC 9106 §4, second
recommendation); without one it stands in the file, which then still notices damage and hides nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import BinaryIO, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC: Final = b"vestibule backup 1\n"
PIECE: Final = 256 * 1024
_TAG = 16
_SALT = 32
_CHECK = 16
_BY_PASSPHRASE, _OPEN = b"p", b"o"
_HEADER = len(MAGIC) + 1 + _SALT + _CHECK


class SealedFileError(Exception):
    """``code``: ``backup_foreign``, ``backup_damaged``, ``backup_passphrase_needed`` or ``…_wrong``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SealedWriter:
    """Seals what is written to it; nothing is whole before :meth:`finish`."""

    def __init__(self, file: BinaryIO, passphrase: str | None) -> None:
        """``passphrase`` None: whoever has the file can read it."""
        self._file = file
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._number = 0
        start = MAGIC + (_OPEN if passphrase is None else _BY_PASSPHRASE) + secrets.token_bytes(_SALT)
        self._cipher, check = _keys(start, passphrase)
        self._put(start + check)

    @property
    def sha256(self) -> str:
        """Of all that was put into the file so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Take ``data``. Raises OSError."""
        self._waiting += data
        while len(self._waiting) > PIECE:  # what may be the last piece waits
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self._number * PIECE + len(self._waiting)

    def finish(self) -> None:
        """Put the last piece into the file. Raises OSError."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), piece, None))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)


class SealedReader:
    """Reads what a :class:`SealedWriter` wrote; each byte it gives was there, in this place."""

    def __init__(self, file: BinaryIO, passphrase: str | None) -> None:
        """Raises SealedFileError; ``…_needed`` when a passphrase is, and none was given."""
        header = file.read(_HEADER)
        if not header.startswith(MAGIC):
            raise SealedFileError("backup_foreign")
        kind = header[len(MAGIC) : len(MAGIC) + 1]
        if len(header) < _HEADER or kind not in (_BY_PASSPHRASE, _OPEN):
            raise SealedFileError("backup_damaged")
        if kind == _BY_PASSPHRASE and passphrase is None:
            raise SealedFileError("backup_passphrase_needed")
        start, check = header[:-_CHECK], header[-_CHECK:]
        self._cipher, wanted = _keys(start, passphrase if kind == _BY_PASSPHRASE else None)
        if not hmac.compare_digest(check, wanted):
            raise SealedFileError("backup_passphrase_wrong" if kind == _BY_PASSPHRASE else "backup_damaged")
        self._file = file
        self._number = 0
        self._ahead: bytes = file.read(PIECE + _TAG)
        self._opened = b""

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer at the end. Raises SealedFileError ``backup_damaged``."""
        while len(self._opened) < size and self._ahead:
            self._opened += self._open_next()
        given, self._opened = self._opened[:size], self._opened[size:]
        return given

    def finish(self) -> None:
        """Go to the end, which tells whether something is missing there. Raises as :meth:`read` does."""
        while self.read(PIECE):
            pass
        if not self._number:
            raise SealedFileError("backup_damaged")

    def _open_next(self) -> bytes:
        piece, self._ahead = self._ahead, self._file.read(PIECE + _TAG)
        nonce = _nonce(self._number, last=not self._ahead)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, piece, None)
        except InvalidTag:
            raise SealedFileError("backup_damaged") from None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _keys(start: bytes, passphrase: str | None) -> tuple[AESGCM, bytes]:
    """The cipher of a file that begins with ``start``, and what tells a wrong passphrase from damage."""
    salt = start[-_SALT:]
    secret = salt if passphrase is None else _stretched(passphrase, salt)

    def derived(purpose: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=start, info=b"vestibule backup " + purpose).derive(secret)

    return AESGCM(derived(b"pieces", 32)), derived(b"check", _CHECK)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        passphrase.encode("utf-8", "surrogateescape"),
        salt,
        time_cost=3,
        memory_cost=64 * 1024,
        parallelism=4,
        hash_len=32,
        type=Type.ID,
    )

"""Signed documents: what a site and its uploaders say, whoever carries it.

Ed25519 (RFC 8032). What is signed travels as the very text that was signed, so that nobody has to make the
same JSON twice; the purpose is signed with it, so that no document can be taken for one of another kind.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from vestibule.cloud_models import Signed
from vestibule.config import private_folder
from vestibule.models import Secret

T = TypeVar("T")
_KEY_BYTES = 32
_FINGERPRINT_BYTES = 15
"""120 bits: nobody makes a key to a given fingerprint; 24 characters of base32, without padding."""
_GROUP = 6


class Purpose(StrEnum):
    """What a document is for; the first line of what is signed."""

    VERSION = "vestibule-version-1"
    """A version that a site has."""
    UPDATE = "vestibule-update-1"
    """A version that an uploader wants it to have."""
    PACKAGE = "vestibule-package-1"
    CLAIM = "vestibule-claim-1"
    PRESENCE = "vestibule-presence-1"
    VOIDS = "vestibule-voids-1"
    TICKET = "vestibule-ticket-1"


class ForgedError(Exception):
    """A signature does not fit, or what it signs is something else."""


def new_key() -> Secret:
    """A new private key, as text."""
    return Secret(_text(os.urandom(_KEY_BYTES)))


def public_key(private: Secret) -> str:
    """The public half of a private key, as text. Raises ValueError when it is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return _text(Ed25519PrivateKey.from_private_bytes(_key(private.reveal)).public_key().public_bytes_raw())


def normal_key(written: str) -> str:
    """A public key as it is stored: one key has one text. Raises ValueError when it is none."""
    return _text(_key(written.strip()))


def fingerprint(key: str) -> str:
    """What people compare of a public key: 24 letters and digits."""
    return base64.b32encode(hashlib.sha256(_key(key)).digest()[:_FINGERPRINT_BYTES]).decode()


def grouped(mark: str) -> str:
    """A fingerprint as people read it: ``ABCDEF-GHIJKL-…``."""
    return "-".join(mark[at : at + _GROUP] for at in range(0, len(mark), _GROUP))


def normal_fingerprint(written: str) -> str:
    """The fingerprint meant by ``written``: case, spaces and dashes do not count."""
    return "".join(written.upper().replace("-", " ").split())


def sign(private: Secret, purpose: Purpose, document: msgspec.Struct) -> Signed:
    """``document`` as text, signed for ``purpose``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = msgspec.json.encode(document).decode()
    key = Ed25519PrivateKey.from_private_bytes(_key(private.reveal))
    return Signed(document=text, signature=_text(key.sign(_message(purpose, text))))


def verified(signed: Signed, purpose: Purpose, key: str, shape: type[T]) -> T:
    """What ``signed`` says. Raises ForgedError unless ``key`` has signed just this for ``purpose``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(_key(key))
        public.verify(_bytes(signed.signature), _message(purpose, signed.document))
    except (InvalidSignature, ValueError):
        raise ForgedError(purpose) from None
    return read(signed, shape)


def read(signed: Signed, shape: type[T]) -> T:
    """What ``signed`` says, whoever signed it. Raises ForgedError when it is something else."""
    try:
        return msgspec.json.decode(signed.document, type=shape)
    except (msgspec.MsgspecError, RecursionError):
        raise ForgedError(shape.__name__) from None


def to_token(signed: Signed) -> str:
    """``signed`` as one word, for a header."""
    return f"{_text(signed.document.encode())}.{signed.signature}"


def from_token(word: str) -> Signed:
    """The reverse of :func:`to_token`. Raises ForgedError."""
    document, _, signature = word.partition(".")
    try:
        return Signed(document=_bytes(document).decode(), signature=signature)
    except ValueError:
        raise ForgedError("token") from None


def write_key(path: Path) -> str:
    """Make a private key in a new file that only its owner can read; returns the public key.

    Raises FileExistsError: a key is never overwritten.
    """
    private = new_key()
    private_folder(path.absolute().parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(private.reveal + "\n")
    return public_key(private)


def read_key(path: Path) -> Secret:
    """The private key in the file at ``path``.

    Raises ValueError when there is none in it, PermissionError when others may read it.
    """
    if path.stat().st_mode & 0o077:
        raise PermissionError(13, "others may read this private key", str(path))
    private = Secret(path.read_text(errors="replace").strip())
    public_key(private)
    return private


def _message(purpose: Purpose, document: str) -> bytes:
    return f"{purpose.value}\n{document}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(written: str) -> bytes:
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def _key(written: str) -> bytes:
    data = _bytes(written)
    if len(data) != _KEY_BYTES:
        raise ValueError("not a key")
    return data

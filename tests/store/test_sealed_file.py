"""A sealed file says when a single byte of it is not what was written, or not where."""

from __future__ import annotations

import io
import os

import pytest

from vestibule.store.sealed_file import PIECE, SealedFileError, SealedReader, SealedWriter

DATA = os.urandom(2 * PIECE + 1000)
WORDS = "a blue door behind the stairs"
HEADER = 68
PLACES = [0, 18, 19, 30, 60, HEADER, HEADER + PIECE + 3, HEADER + PIECE + 16, -1]
"""The magic, the kind, the salt, the check, pieces and their tags."""


def sealed(data: bytes, passphrase: str | None = None) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, passphrase)
    for at in range(0, len(data), 100_000):
        writer.write(data[at : at + 100_000])
    writer.finish()
    return file.getvalue()


def opened(file: bytes, passphrase: str | None = None) -> bytes:
    reader = SealedReader(io.BytesIO(file), passphrase)
    read = b"".join(iter(lambda: reader.read(77_777), b""))
    reader.finish()
    return read


def why_not(file: bytes, passphrase: str | None = None) -> str:
    with pytest.raises(SealedFileError) as caught:
        opened(file, passphrase)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 2 * PIECE, len(DATA)])
def test_what_was_written_is_read(size: int) -> None:
    assert opened(sealed(DATA[:size])) == DATA[:size]


def test_only_the_passphrase_opens_it() -> None:
    file = sealed(b"secret " * 100, WORDS)
    assert opened(file, WORDS) == b"secret " * 100
    assert b"secret" not in file
    assert why_not(file) == "backup_passphrase_needed"
    assert why_not(file, WORDS + " ") == "backup_passphrase_wrong"
    pretending = file.replace(b"backup 1\np", b"backup 1\no", 1)
    assert why_not(pretending) == "backup_damaged"


def test_what_was_altered_moved_or_cut_off_is_noticed() -> None:
    file = sealed(DATA)
    for place in PLACES:
        altered = bytearray(file)
        altered[place] ^= 1
        assert why_not(bytes(altered)) == ("backup_foreign" if place in (0, 18) else "backup_damaged"), place
    one, two = (HEADER + number * (PIECE + 16) for number in (1, 2))
    swapped = file[:HEADER] + file[one:two] + file[HEADER:one] + file[two:]
    cut = (file[:two], file[:-1], file[:HEADER], file[:40], file[:one] + file[two:])
    for other in (swapped, file + b"\0", *cut):
        assert why_not(other) == "backup_damaged"
    assert why_not(b"") == "backup_foreign"

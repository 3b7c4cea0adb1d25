from __future__ import annotations

import ctypes
import errno
import os
import pty
import struct

import pytest

from vestibule.render.console_font import HALF_BLOCKS, contains, has_half_blocks

LOWER, UPPER, FULL_BLOCK = 0x2584, 0x2580, 0x2588


def flat(*code_points: int) -> list[int]:
    return [number for glyph, code_point in enumerate(code_points) for number in (code_point, glyph)]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (flat(65, LOWER, UPPER), True),
        (flat(65, UPPER, FULL_BLOCK), False),
        (flat(65), False),
        ([65, LOWER, 66, UPPER], False),  # glyph numbers are not code points
        ([], None),
    ],
)
def test_contains(pairs: list[int], expected: bool | None) -> None:
    assert contains(pairs, HALF_BLOCKS) is expected


def test_unknown_on_anything_but_a_console() -> None:
    controller, terminal = pty.openpty()
    reader, writer = os.pipe()
    try:
        assert [has_half_blocks(fd) for fd in (controller, terminal, reader, writer)] == [None] * 4
    finally:
        for fd in (controller, terminal, reader, writer):
            os.close(fd)
    assert has_half_blocks(reader) is None  # closed by now


@pytest.mark.parametrize(
    ("code_points", "expected"), [((65, UPPER, LOWER), True), ((65, FULL_BLOCK), False), ((), None)]
)
def test_reads_what_the_kernel_writes(
    monkeypatch: pytest.MonkeyPatch, code_points: tuple[int, ...], expected: bool | None
) -> None:
    def kernel(fd: int, request: int, descriptor: bytearray, mutate: bool) -> int:
        room, address = struct.unpack("@HP", descriptor)
        assert (fd, request, mutate) == (7, 0x4B66, True)
        assert room >= len(code_points)
        pairs = struct.pack(f"={2 * len(code_points)}H", *flat(*code_points))
        ctypes.memmove(address, pairs, len(pairs))
        struct.pack_into("@H", descriptor, 0, len(code_points))
        return 0

    monkeypatch.setattr("fcntl.ioctl", kernel)
    assert has_half_blocks(7) is expected


@pytest.mark.parametrize("number", [errno.ENOTTY, errno.EPERM, errno.EINVAL])
def test_a_refusal_means_unknown(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def kernel(*_arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.ioctl", kernel)
    assert has_half_blocks(0) is None

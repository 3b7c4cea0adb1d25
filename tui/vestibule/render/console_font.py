"""Which glyphs the Linux console can show: its default fonts often lack the half blocks of QR codes."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable

HALF_BLOCKS = frozenset("▀▄")

_GIO_UNIMAP = 0x4B66
_MOST_PAIRS = 0xFFFF  # the kernel counts pairs in an unsigned short
_DESCRIPTOR = "@HP"  # struct unimapdesc: number of pairs, address of the pairs


def has_half_blocks(fd: int) -> bool | None:
    """Whether the font of the console behind ``fd`` has ▀ and ▄.

    None when it cannot be known: ``fd`` is a pseudo-terminal (SSH, tmux, a terminal window), a serial line or
    no terminal at all, or the kernel keeps no table for the font.
    """
    pairs = _unicode_map(fd)
    return None if pairs is None else contains(pairs, HALF_BLOCKS)


def contains(pairs: Iterable[int], characters: Iterable[str]) -> bool | None:
    """Whether all ``characters`` are in a console's Unicode map, None when the map is empty.

    ``pairs`` is the flat map: code point, glyph number, code point, glyph number, …
    """
    known = set(list(pairs)[::2])
    return {ord(character) for character in characters} <= known if known else None


def _unicode_map(fd: int) -> array[int] | None:
    if sys.platform != "linux":  # the same number may be another request elsewhere
        return None
    import fcntl

    pairs = array("H", bytes(4 * _MOST_PAIRS))
    descriptor = bytearray(struct.pack(_DESCRIPTOR, _MOST_PAIRS, pairs.buffer_info()[0]))
    try:
        fcntl.ioctl(fd, _GIO_UNIMAP, descriptor, True)
    except OSError:
        return None
    count = struct.unpack_from(_DESCRIPTOR, descriptor)[0]
    return pairs[: 2 * count]

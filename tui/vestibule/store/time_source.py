"""How far the machine's clock is from its time source: asked over NTP, or of the kernel's own discipline."""

from __future__ import annotations

import ctypes
import socket
import struct
import time

PATIENCE = 1.0
"""Seconds to wait for a time server."""
_EPOCH = 2_208_988_800
"""Seconds from NTP's 1900 to Unix' 1970."""
_REQUEST = b"\x23" + 47 * b"\0"
"""Version 4, client (RFC 5905 §7.3)."""
_PORT = 123
_TIME_ERROR = 5
"""What ``ntp_adjtime`` returns when nothing disciplines the clock."""


def offset(source: str) -> float | None:
    """Seconds by which this clock is ahead of ``source`` (``host`` or ``host:port``); None when unknown.

    Without a source the kernel says whether something keeps the clock right, and how far off it may be.
    """
    return _asked(source) if source else _disciplined()


def _asked(source: str) -> float | None:
    host, _, port = source.rpartition(":") if source.count(":") == 1 else (source, "", "")
    try:
        address = (host, int(port) if port else _PORT)
        family, kind, protocol, _, target = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as line:
            line.settimeout(PATIENCE)
            line.connect(target)
            sent = time.time()
            line.send(_REQUEST)
            answer, received = line.recv(512), time.time()
    except (OSError, ValueError, UnicodeError):
        return None
    if len(answer) < 48 or answer[0] & 7 != 4 or not 0 < answer[1] < 16:
        return None
    arrived, left = (_seconds(answer[at : at + 8]) for at in (32, 40))
    return -((arrived - sent) + (left - received)) / 2


def _seconds(stamp: bytes) -> float:
    whole, fraction = struct.unpack("!II", stamp)
    return float(whole - _EPOCH + fraction / 2**32)


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex``; the kernel writes 208 bytes."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def _disciplined() -> float | None:
    state = _Timex()
    try:
        answer = ctypes.CDLL(None).ntp_adjtime(ctypes.byref(state))
    except (OSError, AttributeError):
        return None
    return None if answer in (-1, _TIME_ERROR) else float(state.maxerror) / 1_000_000

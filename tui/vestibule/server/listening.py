"""The sockets a server listens on: TCP, or a unix socket that only its owner may open."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from vestibule.config import private_folder

BACKLOG = 512
_UNREAD_SECONDS = 30
"""For so long the kernel keeps what a client does not take, also one that has vanished."""


class InUse(Exception):
    """Another server listens there, or something else is in the way."""


def tcp(host: str, port: int) -> socket.socket:
    """Listen on an address or the name of one; ``::`` is IPv4 too. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    listening = socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    # Inherited by every connection. Without the first one an answer's body waits 40 ms for the client
    # to acknowledge its head: asyncio knows only sockets as TCP that were made with its number.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_SECONDS * 1000)
    return listening


def unix(path: Path) -> socket.socket:
    """Listen on a socket file, for its owner only from its first moment on.

    Replaces one that nobody answers. Raises InUse, and OSError.
    """
    private_folder(path.parent)
    _clear(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    listening.listen(BACKLOG)
    return listening


def remove(path: Path, made: os.stat_result) -> None:
    """Remove the socket file if it is still the one that was ``made``."""
    try:
        now = path.lstat()
    except FileNotFoundError:
        return
    # Numbers of files are used again: the time tells two sockets apart.
    if (now.st_dev, now.st_ino, now.st_mtime_ns) == (made.st_dev, made.st_ino, made.st_mtime_ns):
        path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(there.st_mode):
        raise InUse
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise InUse

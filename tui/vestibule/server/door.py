"""How many connections there may be, counted where they are accepted: also those that never say a word.

Of the room there is, one address may take half. Whoever comes when it is full is let in as far as to be told
so; those for whom there is not even a place to wait are hung up on. People who are inside notice nothing.
"""

from __future__ import annotations

import resource
import socket
from collections import Counter
from contextlib import suppress
from ipaddress import IPv6Network
from typing import Any

from vestibule.server.networks import LOOPBACK, Network, address, lies_in

CONNECTIONS = 1024
"""Connections at a time: 200 terminals with a long poll and a request each need 400."""
CLOUD_CONNECTIONS = 8192
"""Of a cloud: each of its sites waits for news by one, and tells by another."""
_WAITING = 64
"""As many more are told that there is no room."""
_OTHER_FILES = 192
"""Files that the server has open beside: database, packages, hooks."""


class Room:
    """Counts who is inside, by address; used in the event loop's thread only.

    ``shared``: networks of proxies, behind each of whose addresses many people are.
    """

    def __init__(self, most: int, shared: tuple[Network, ...] = ()) -> None:
        self.most = most
        self._shared = (*LOOPBACK, *shared)
        self._share = max(1, most // 2)
        self._inside: Counter[str | None] = Counter()

    def enter(self, host: str | None) -> bool:
        """Let somebody in; whether there was a place, if only to wait."""
        who = self._name(host)
        full = self._inside.total() >= self.most + _WAITING
        if full or (who is not None and self._inside[who] >= self._share + _WAITING // 2):
            return False
        self._inside[who] += 1
        return True

    def leave(self, host: str | None) -> None:
        """Somebody has left."""
        who = self._name(host)
        self._inside[who] -= 1
        if not self._inside[who]:
            del self._inside[who]

    def crowded(self, host: str | None) -> bool:
        """Whether somebody who has just come in has to be told that there is no room."""
        who = self._name(host)
        return self._inside.total() > self.most or (who is not None and self._inside[who] > self._share)

    def _name(self, host: str | None) -> str | None:
        """What is counted as one; None has no share that could be used up."""
        found = None if host is None else address(host)
        if found is None or lies_in(found, self._shared):
            return None
        # Whoever has one IPv6 address has all of its /64.
        return str(found) if found.version == 4 else str(IPv6Network((int(found) >> 64 << 64, 64)))


class Door(socket.socket):
    """A listening socket before a :class:`Room`."""

    def __init__(self, listening: socket.socket, room: Room) -> None:
        super().__init__(fileno=listening.detach())
        self._room = room

    def accept(self) -> tuple[socket.socket, Any]:
        """The next who is let in. Raises ConnectionAbortedError when somebody was hung up on."""
        accepted, peer = super().accept()
        host = peer[0] if self.family != socket.AF_UNIX else None
        if not self._room.enter(host):
            accepted.close()
            raise ConnectionAbortedError
        return _Visitor(accepted, self._room, host), peer


class _Visitor(socket.socket):
    """An accepted connection that gives its place back when it is closed."""

    def __init__(self, accepted: socket.socket, room: Room, host: str | None) -> None:
        super().__init__(fileno=accepted.detach())
        self._room: Room | None = room
        self._host = host

    def close(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.leave(self._host)
        super().close()


def room_here(shared: tuple[Network, ...] = (), most: int = CONNECTIONS) -> Room:
    """A room for ``most``, or as this process may have files open; that limit is raised as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _WAITING + _OTHER_FILES
    if soft < wanted:
        more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # a unit's filter of system calls may forbid it
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Room(max(16, min(most, soft - _WAITING - _OTHER_FILES)), shared)

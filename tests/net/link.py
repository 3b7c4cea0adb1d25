"""A line between two network namespaces, in user space: it delays packets, drops some, or all of them.

``link.py NAME:ONE:OTHER …`` gives the namespaces ``ONE`` and ``OTHER`` a network device ``NAME`` each. Then
each line on stdin says how one is from now on: ``NAME MILLISECONDS PERCENT``, one way and lost, or
``NAME cut``.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import selectors
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import count

_TUNSETIFF, _TUN, _NO_HEADER = 0x400454CA, 0x0001, 0x1000
_PACKET = 65536
_SEED = 7


@dataclass
class Line:
    """How one line is. Everything is on it: then ``loss`` is None."""

    ends: tuple[int, int]
    delay: float = 0.0
    loss: float | None = 0.0


def _end(name: str, namespace: str) -> int:
    """One end: a device that hands its packets to this program."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # Made under a name of its own: two of one name cannot be in one namespace, if only for a moment.
    made = fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", b"vst%d", _TUN | _NO_HEADER))
    own = made[:16].rstrip(b"\0").decode()
    subprocess.run(["ip", "link", "set", own, "netns", namespace, "name", name], check=True)
    return end


def _say(lines: dict[str, Line], said: str) -> None:
    name, *how = said.split()
    line = lines[name]
    if how == ["cut"]:
        line.loss = None
    else:
        line.delay, line.loss = float(how[0]) / 1000, float(how[1]) / 100
    print("ok", flush=True)


def main() -> None:
    """Until stdin ends."""
    chance = random.Random(_SEED)
    lines: dict[str, Line] = {}
    waiting = selectors.DefaultSelector()
    for each in sys.argv[1:]:
        name, one, other = each.split(":")
        line = lines[name] = Line((_end(name, one), _end(name, other)))
        for at, end in enumerate(line.ends):
            waiting.register(end, selectors.EVENT_READ, (line, line.ends[1 - at]))
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("ok", flush=True)
    under_way: list[tuple[float, int, int, bytes]] = []
    number = count()
    while True:
        left = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        for key, _events in waiting.select(left):
            if key.data is None:
                said = sys.stdin.readline()
                if not said:
                    return
                _say(lines, said)
                continue
            line, to = key.data
            packet = os.read(key.fd, _PACKET)
            if line.loss is not None and chance.random() >= line.loss:
                heapq.heappush(under_way, (time.monotonic() + line.delay, next(number), to, packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _at, _number, to, packet = heapq.heappop(under_way)
            try:
                os.write(to, packet)
            except OSError:
                continue  # the device at that end is down


if __name__ == "__main__":
    main()

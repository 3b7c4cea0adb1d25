"""A client and a server in network namespaces of their own, with a LAN and a WAN between them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

LAN, WAN, CLOUD = "192.168.77.1", "198.51.100.1", "198.51.100.9"
"""Addresses of the server; that of the cloud leads to it too."""
_DEAD = "198.51.100.53"
"""A name server that never answers."""
_LINK = Path(__file__).with_name("link.py")


@dataclass
class House:
    """Both, and the lines between them."""

    client: str
    server: str
    link: subprocess.Popen[str]

    def line(self, name: str, milliseconds: float = 0, loss: float = 0) -> None:
        """So long a packet takes one way, and so many percent are lost."""
        self._say(f"{name} {milliseconds} {loss}")
        run("ip", "-n", self.client, "link", "set", name, "up")

    def cut(self, name: str) -> None:
        """From now on nothing gets through, and nobody is told."""
        self._say(f"{name} cut")

    def unplug(self, name: str) -> None:
        """The client sees that it is gone."""
        run("ip", "-n", self.client, "link", "set", name, "down")

    def _say(self, said: str) -> None:
        assert self.link.stdin is not None
        assert self.link.stdout is not None
        self.link.stdin.write(said + "\n")
        self.link.stdin.flush()
        assert self.link.stdout.readline() == "ok\n"


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def within(namespace: str) -> Sequence[str]:
    """What puts a command into a namespace."""
    return ("ip", "netns", "exec", namespace)


@contextmanager
def _namespace(name: str) -> Iterator[str]:
    run("ip", "netns", "add", name)
    try:
        run("ip", "-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        run("ip", "netns", "delete", name)


@contextmanager
def _dead_names(client: str) -> Iterator[None]:
    """``ip netns exec`` puts this file in the place of the machine's own."""
    folder = Path("/etc/netns") / client
    folder.mkdir(parents=True)
    file = folder / "resolv.conf"
    file.write_text(f"nameserver {_DEAD}\n")
    try:
        yield
    finally:
        file.unlink()
        folder.rmdir()


@contextmanager
def house() -> Iterator[House]:
    """Both lines are up and quick at first; names are never answered."""
    with ExitStack() as stack:
        client = stack.enter_context(_namespace(f"vst-client-{os.getpid()}"))
        server = stack.enter_context(_namespace(f"vst-server-{os.getpid()}"))
        stack.enter_context(_dead_names(client))
        command = [sys.executable, str(_LINK), f"lan:{client}:{server}", f"wan:{client}:{server}"]
        link = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(link.wait)
        assert link.stdin is not None
        assert link.stdout is not None
        stack.callback(link.stdout.close)
        stack.callback(link.stdin.close)
        assert link.stdout.readline() == "ok\n"
        for name, host, clients in (("lan", LAN, "192.168.77.2"), ("wan", WAN, "198.51.100.2")):
            for namespace, address in ((client, clients), (server, host)):
                run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", name)
                run("ip", "-n", namespace, "link", "set", name, "up")
        run("ip", "-n", server, "address", "add", f"{CLOUD}/24", "dev", "wan")
        yield House(client, server, link)

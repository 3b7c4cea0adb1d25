"""``vestibule serve`` in a process of its own, which tells when it is ready as it tells systemd."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.sites import PASSWORD, new_site

SERVICE = {"mode": "password", "username": "service", "password": PASSWORD}


class Served:
    """A server with a site in ``home``, listening as ``arguments`` say."""

    def __init__(self, home: Path, *arguments: str, **environ: str) -> None:
        if not (home / "state").exists():
            new_site(home)
        self.home = home
        self.log = home / "log"
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify = home / "notify"
        notify.unlink(missing_ok=True)
        self._told.bind(str(notify))
        self._told.settimeout(20)
        path = os.environ.get("PATH", os.defpath)
        inherited = {"PATH": path, "TZ": "Europe/Zurich", "LANG": "C.UTF-8", "VESTIBULE_HOME": str(home)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vestibule", "serve", *arguments],
                env=inherited | {"NOTIFY_SOCKET": str(notify)} | environ,
                stdin=subprocess.DEVNULL,
                stderr=log,
            )

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        self._told.close()

    def wait_for(self, state: str) -> None:
        """Until the server has told systemd so."""
        while (told := self._told.recv(100).decode()) != state:
            assert told

    def logged(self) -> list[dict[str, Any]]:
        """The log, one document per line."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def event(self, fact: str) -> dict[str, Any]:
        """The first line of the log that has this fact."""
        return next(line for line in self.logged() if fact in line)

    def client(self, source: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """Somebody at ``source`` who knows the server's own certificate."""
        trusted = ssl.create_default_context(cafile=str(self.home / "state" / "tls" / "certificate.pem"))
        transport = httpx.HTTPTransport(verify=trusted, local_address=source)
        address = self.event("address")["address"]
        return httpx.Client(base_url=address, transport=transport, headers=headers, timeout=20)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Tell it to stop; the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(how)
        assert self.process.wait(20) == 0
        return time.monotonic() - began

    def peak(self) -> int:
        """The most memory it ever had, in MiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024

    def largest_file(self, size: int) -> None:
        """From now on it can write no file beyond ``size`` bytes: its disk is full there."""
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def sample(client: httpx.Client, name: str) -> float:
    """A number of /metrics."""
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).rpartition(" ")[2])


def until(met: Callable[[], bool], seconds: float = 20.0) -> None:
    """Until this is true."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)

"""A handle on ``serving.py``: servers that tests start, kill and start again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_PROGRAM = Path(__file__).with_name("serving.py")


@dataclass
class Running:
    """One server."""

    pid: int
    port: int

    def kill(self) -> None:
        """End it as a power cut would."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@dataclass
class Servers:
    """Starts them."""

    program: subprocess.Popen[str]
    started: list[Running] = field(default_factory=list)

    def start(
        self,
        state: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
        config: Path | None = None,
    ) -> Running:
        """Serve the site in ``state``; with a ``certificate``, key and all, by https."""
        asked = {
            "state": str(state),
            "host": host,
            "port": port,
            "certificate": str(certificate) if certificate else None,
            "config": str(config) if config else None,
        }
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps(asked) + "\n")
        self.program.stdin.flush()
        pid, port = map(int, self.program.stdout.readline().split())
        self.started.append(Running(pid, port))
        return self.started[-1]


@contextmanager
def serving(within: Sequence[str] = ()) -> Iterator[Servers]:
    """Servers, all gone at the end; ``within`` is the command that puts them elsewhere."""
    command = [*within, sys.executable, str(_PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        servers = Servers(program)
        try:
            yield servers
        finally:
            for running in servers.started:
                running.kill()
            assert program.stdin is not None
            program.stdin.close()

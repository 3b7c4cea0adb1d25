"""Real servers that die: ``kill_at.py STATE``, started by ``test_kill.py``.

For each number N on stdin it serves the site in STATE from a forked process, prints the port, and that
process kills itself before the Nth statement (or commit) of the first sign-in it is asked for.
"""

import os
import signal
import socket
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import event
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import open_store

_LIT = ContextVar("lit", default=False)


class Fuse:
    """Counts the statements of sign-ins, not those of the server's own sweeps, and dies at one of them."""

    def __init__(self, app: ASGIApp, fatal: int) -> None:
        self._app = app
        self._left = fatal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sign-ins light the fuse, for themselves and the threads that work for them."""
        _LIT.set(scope.get("path") == "/v1/sessions")
        await self._app(scope, receive, send)

    def burn(self, *_: Any) -> None:
        """One statement; with no chance to tidy up before the last."""
        if _LIT.get():
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def serve(state: Path, fatal: int, listening: socket.socket) -> None:
    """Serve until killed."""
    store = open_store(state)
    server = Server(store, "https://gateway", Bell(store.changes()))
    fuse = Fuse(create_app(server), fatal)
    event.listen(store.engine, "before_cursor_execute", fuse.burn)
    event.listen(store.engine, "commit", fuse.burn)
    uvicorn.Server(uvicorn.Config(fuse, log_level="critical")).run(sockets=[listening])


def main() -> None:
    """One server per line; what is imported before the fork is not imported by each of them."""
    open_store(Path(sys.argv[1])).close()
    uvicorn.Config(create_app, log_level="critical").load()
    for line in sys.stdin:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            pid = os.fork()
            if pid == 0:
                serve(Path(sys.argv[1]), int(line), listening)
                os._exit(0)
            print(pid, listening.getsockname()[1], flush=True)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()

"""Real servers, soon started and soon dead: ``serving.py``, started by ``servers.py``.

For each line of JSON on stdin it serves a site from a forked process and prints that process's id and port.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import open_store


def serve(asked: dict[str, Any], listening: socket.socket) -> None:
    """Serve until killed."""
    state = Path(asked["state"])
    store = open_store(state)
    config = Path(asked["config"]) if asked["config"] else None
    server = Server(store, "https://gateway", Bell(store.changes()), config)
    key = asked["certificate"]
    settings = uvicorn.Config(create_app(server), log_level="critical", ssl_certfile=key, ssl_keyfile=key)
    uvicorn.Server(settings).run(sockets=[listening])


def main() -> None:
    """What is imported before the fork is not imported by each of them."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    uvicorn.Config(create_app, log_level="critical").load()
    for line in sys.stdin:
        asked = json.loads(line)
        family = socket.AF_INET6 if ":" in asked["host"] else socket.AF_INET
        with socket.create_server((asked["host"], asked["port"]), family=family) as listening:
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                serve(asked, listening)
                os._exit(0)
            print(pid, listening.getsockname()[1], flush=True)


if __name__ == "__main__":
    main()

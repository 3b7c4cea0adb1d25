"""A site that is served on loopback by a thread of this process, and machines elsewhere that go to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.cli.shell import Shell
from tests.sites import new_site
from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.engine import Store, open_store


@dataclass(frozen=True)
class Served:
    """``console`` is a shell on the server itself, with the server's own data."""

    address: str
    console: Shell
    store: Store
    outbox: Path
    """Where its text messages land."""

    def machine(self, home: Path) -> Shell:
        """A shell on another machine, with nothing on it."""
        home.mkdir(mode=0o700)
        return Shell(home)


@contextmanager
def serving(home: Path, certificate: Path | None = None) -> Iterator[Served]:
    """Serve a new site whose data are in ``home``; with a ``certificate``, key and all, by https."""
    here = new_site(home)
    here.config.mkdir()
    (here.config / "config.toml").write_text('[sms]\nkind = "file"\npath = "outbox.jsonl"\n')
    store = open_store(here.state)
    app = create_app(Server(store, None, Bell(store.changes()), here.config))
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", ssl_certfile=certificate, ssl_keyfile=certificate)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    scheme = "https" if certificate else "http"
    address = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield Served(address, Shell(home), store, here.config / "outbox.jsonl")
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        store.close()

"""Runs the served application until it is told to stop, and stops within three seconds."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from functools import partial
from types import FrameType
from typing import Any, cast

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware

from vestibule.server import logs, notify
from vestibule.server.app import Server, create_app
from vestibule.server.arriving import Networks
from vestibule.server.connections import IDLE_SECONDS, Connection
from vestibule.server.door import CLOUD_CONNECTIONS, CONNECTIONS, Door, Room, room_here
from vestibule.server.metrics import Metrics
from vestibule.server.observed import Observed
from vestibule.server.opening import Opened
from vestibule.server.patience import Bodies, Encrypted, Patience

STOP_SECONDS = 3.0
_GRACE_SECONDS = 1
"""For what is under way; an upload that does not end in it goes on later from where it was cut."""
_HANDSHAKE_SECONDS = 10.0


def served(server: Server, networks: Networks, *, plain_http: bool) -> Starlette:
    """The application as the network gets it: observed, with limits and metrics."""
    metrics, bodies = Metrics(server), Bodies()
    middleware = [
        Middleware(Observed, (metrics.count, logs.request)),
        *([] if plain_http else [Middleware(Encrypted)]),
        Middleware(Patience, bodies),
    ]
    app = create_app(server, networks, middleware, [metrics.route()])
    app.state.bodies = bodies
    return app


def run(server: Server, app: Starlette, entrance: Opened) -> None:
    """Serve ``app`` until SIGTERM or SIGINT, in a process that does nothing else and ends with it."""
    most = CLOUD_CONNECTIONS if server.cloud.serving else CONNECTIONS
    room = room_here(app.state.networks.trusted, most)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.get_loop().set_exception_handler(logs.loop_trouble)
        runner.run(Running(server, app, entrance, room).serve([Door(entrance.socket, room)]))


def _configuration(app: Starlette, entrance: Opened, room: Room) -> uvicorn.Config:
    certificate = entrance.certificate
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(Connection, room=room)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ``arriving`` decides whom to believe
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context,
    )


class Loop(asyncio.SelectorEventLoop):
    """Gives those who open a TLS connection less time than asyncio's minute."""

    async def create_server(self, *given: Any, **options: Any) -> asyncio.Server:
        if options.get("ssl"):
            options["ssl_handshake_timeout"] = _HANDSHAKE_SECONDS
        return await super().create_server(*given, **options)


class Running(uvicorn.Server):
    """uvicorn's server. It tells systemd how it goes, and does not die of the signal that stops it."""

    def __init__(self, server: Server, app: Starlette, entrance: Opened, room: Room) -> None:
        super().__init__(_configuration(app, entrance, room))
        self._server = server
        self._bodies: Bodies = app.state.bodies
        self._entrance = entrance
        self._alive: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        self._alive = asyncio.create_task(notify.stay_alive())
        notify.tell("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, end what is under way."""
        notify.tell("STOPPING=1")
        self._entrance.close()
        self._bodies.stop()
        hooks = asyncio.create_task(to_thread.run_sync(self._server.hooks.close, 0.0))
        await super().shutdown(sockets)
        await hooks
        if self._alive is not None:
            self._alive.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; those who wait for news are answered, they would hold it up."""
        self._server.bell.close_from_signal()
        self.force_exit = self.should_exit
        self.should_exit = True
        # A thread that talks to a slow gateway or waits for a lock is not waited for: every write is
        # one transaction, done or not.
        last = threading.Timer(STOP_SECONDS - 0.5, os._exit, (0,))
        last.daemon = True
        last.start()

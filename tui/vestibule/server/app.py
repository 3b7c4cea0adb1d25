"""The Starlette application: decodes, opens one transaction, calls the handler in a thread."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vestibule.access import (
    challenges,
    cloud_packages,
    cloud_presence,
    cloud_tickets,
    cloud_updates,
    factors,
    notices,
    outbox,
    packages,
    policy,
    requirements,
    sessions,
    sms_codes,
    standing,
    throttle,
)
from vestibule.access.hook_runner import HookRunner
from vestibule.access.host_settings import HostSettings, load_host_settings
from vestibule.access.outbox_runner import OutboxRunner
from vestibule.access.principal import Principal, anonymous, console
from vestibule.access.refused import Refused
from vestibule.models import SignIn
from vestibule.server.answers import HANDLERS
from vestibule.server.arriving import NONE, Networks, path_of, source_of, token_of
from vestibule.server.cloud_agent import CloudAgent
from vestibule.server.cloud_news import CloudPart, NewsBell
from vestibule.server.crew import Crew
from vestibule.server.decoding import decode, decode_query, looked_at, read_body
from vestibule.server.events import Bell, events_route
from vestibule.server.kept import Again, Kept
from vestibule.server.lane import Lane
from vestibule.server.observed import MODE
from vestibule.server.openapi import document_route
from vestibule.server.operation import Call, Needs, Operation, Work
from vestibule.server.routes import CLOUD_OPERATIONS, OPERATIONS
from vestibule.server.routes.cloud_landing import cloud_landing_routes
from vestibule.server.routes.landing import landing_routes
from vestibule.server.shelves import Shelves
from vestibule.server.usage import Usage
from vestibule.store.engine import Store, Transaction
from vestibule.store.errors import StoreError
from vestibule.two_factor_models import ChallengeAnswer, Requirement

SWEEP_SECONDS = 15.0
SWEEP_PATIENCE = 2.0
"""How long a server that stops waits for a sweep under way."""
TIDY_SECONDS = 3600.0
"""Between two times of throwing away what is old."""
_log = logging.getLogger("vestibule.server")
_SECURITY_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_encode = msgspec.json.Encoder().encode


class Server:
    """What the routes share: the site's data, its packages and hooks, the console's token."""

    def __init__(
        self,
        store: Store,
        links: str | None,
        bell: Bell,
        config: Path | None = None,
        *,
        cloud: bool = False,
    ) -> None:
        """``links`` is the address that links carry, if the settings shall not decide.

        ``config`` is the folder with the host's config.toml and the apply hooks, if there may be any.
        ``cloud``: whether it is the cloud of other sites.
        """
        host = HostSettings() if config is None else load_host_settings(config)
        hooks = config / "hooks" if config is not None else None
        self.store = store
        self.links = links
        self.bell = bell
        self.packages = packages.folder_beside(store)
        self.hooks = HookRunner(store, hooks, bell.ring_from_thread)
        self.gateway = host.gateway
        self.gateway_trouble = host.gateway_trouble
        self.time_source, self.time_trouble = host.time_source, host.time_trouble
        self.cloud = CloudPart(NewsBell(store), cloud, host.cloud, host.cloud_trouble, host.relay)
        bell.closing.append(self.cloud.news.close)
        self.agent = CloudAgent(store, self.cloud, self.packages, self.hooks, bell)
        self.tidy_at = time.monotonic() + SWEEP_SECONDS
        self.usage = Usage(store)
        self.outbox = OutboxRunner(store, self.gateway, bell.ring_from_thread)
        self.hashing = Lane()
        self.crew = Crew()
        self.kept = Kept(self)
        self.console_token = "vc_" + secrets.token_urlsafe(32)
        """Lets this process itself act as the console; it never leaves the process."""

    def principal(self, request: Request, tx: Transaction, *, enrolling: bool = False) -> Principal:
        """Who asks. Raises Refused when a session is needed and not there.

        ``enrolling``: whether it may be one that has still to set a second factor up.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("not_signed_in")
        if secrets.compare_digest(token.encode(), self.console_token.encode()):
            return console()
        asking = anonymous(source_of(request), path_of(request))
        who = sessions.judged(self.kept.session(tx, token), tx.now, asking)
        self.usage.of(request, tx.now, who)
        if not enrolling:
            who.need_more_than_enrolment()
        return who

    def still_there(self, request: Request, who: Principal) -> None:
        """For work that takes long. Raises Refused when the session of ``who`` has ended meanwhile."""
        with self.store.read() as tx:
            sessions.still_stands(tx, who)
            self.usage.of(request, tx.now, who)

    def requirements(self) -> list[Requirement]:
        """What two-factor login needs of this server. The gateway is asked anew each time."""
        with self.store.read() as tx:
            version, used = requirements.version(tx), bool(policy.in_force(tx).sms_enabled)
        return [
            version,
            requirements.clock(self.time_source, self.store.clock.now(), self.time_trouble),
            requirements.vault_key(self.store),
            requirements.sms_gateway(self.gateway, self.gateway_trouble, used),
        ]


def create_app(
    server: Server,
    networks: Networks = NONE,
    middleware: Sequence[Middleware] = (),
    more: Sequence[Route] = (),
) -> Starlette:
    """The application that serves ``server``: bare, or with what a network asks for around it."""
    operations = OPERATIONS + (CLOUD_OPERATIONS if server.cloud.serving else ())
    routes = [_route(server, operation) for operation in operations]
    routes += [events_route(server), document_route(operations), *landing_routes(server), *more]
    routes += cloud_landing_routes() if server.cloud.serving else []
    kept = {operation.path: operation for operation in operations if operation.holds is not None}
    app = Starlette(
        routes=[Shelves(routes)],
        middleware=[*middleware, Middleware(Again, server, kept)],
        exception_handlers=HANDLERS,
        lifespan=_lifespan(server),
    )
    app.state.networks = networks
    return app


def _lifespan(server: Server) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with background(server):
            yield

    return lifespan


@asynccontextmanager
async def background(server: Server, *, agent: bool = True) -> AsyncIterator[None]:
    """Run what the server does by the clock, and wake waiting clients, until left.

    ``agent``: whether it speaks with its cloud too; a short command leaves that to the server.
    """
    server.bell.attend()
    stopping = asyncio.Event()
    sweeping = asyncio.create_task(_sweep_until(stopping, server))
    server.outbox.start()
    speaking = asyncio.create_task(server.agent.run()) if agent else None
    try:
        yield
    finally:
        stopping.set()
        if speaking is not None:
            await server.agent.stop(speaking)
        server.bell.close()
        # Cancelled, it would go on in its thread, on a store that is closed.
        await asyncio.wait([sweeping], timeout=SWEEP_PATIENCE)
        sweeping.cancel()
        await server.usage.close()
        await to_thread.run_sync(server.outbox.close)
        if server.hooks.busy:
            await to_thread.run_sync(server.hooks.close)


async def _sweep_until(stopping: asyncio.Event, server: Server) -> None:
    while not stopping.is_set():
        try:
            await to_thread.run_sync(_sweep, server)
        except StoreError as error:
            _log.warning("sweep: %s", error.code)
        except Exception as error:
            _log.error("sweep: %s", type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), SWEEP_SECONDS)


def _sweep(server: Server) -> None:
    with server.store.read() as tx:
        overdue, given_up = standing.overdue(tx), challenges.overdue(tx)
    if overdue:
        with server.store.write() as tx:
            standing.sweep(tx)
    if given_up:
        with server.store.write() as tx:
            challenges.sweep(tx, server.gateway)
        server.outbox.wake()
    packages.sweep(server.store, server.packages)
    if server.gateway is None:
        _give_messages_up(server.store)
    if server.tidy_at < time.monotonic():
        server.tidy_at = time.monotonic() + TIDY_SECONDS
        with server.store.write() as tx:
            for forget_old in _PRUNED:
                forget_old(tx)
        if server.cloud.serving:
            cloud_packages.sweep(server.store, server.packages)


_PRUNED = (
    factors.prune,
    notices.prune,
    sms_codes.prune,
    outbox.prune,
    throttle.prune,
    cloud_tickets.prune,
    cloud_updates.prune,
    cloud_presence.prune,
)


def _give_messages_up(store: Store) -> None:
    """There is no gateway any more: what still waits is not kept for ever."""
    with store.read() as tx:
        over = outbox.anything_over(tx)
    if over:
        with store.write() as tx:
            outbox.give_up(tx)


def _route(server: Server, operation: Operation) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            if operation.streams:
                return await _stream(server, operation, request)
            body = await read_body(request, operation.body_limit) if operation.body else b""
            answer = partial(_answer, server, operation, request, body)
            if operation.hashes:
                return await server.hashing.run(source_of(request), answer)
            return await server.crew.run(answer)
        finally:
            server.usage.note(request)

    return Route(operation.path, endpoint, methods=[operation.method], name=operation.handler.__name__)


async def _stream(server: Server, operation: Operation, request: Request) -> Response:
    answer: Response = await operation.handler(server, request)
    return answer


def _answer(server: Server, operation: Operation, request: Request, body: bytes) -> Response:
    """In a worker thread: decode, open the transaction, recognise the caller, call the handler."""
    decoded = decode(operation.body, body)
    query = decode_query(operation.query, request)
    if isinstance(decoded, SignIn | ChallengeAnswer):
        request.scope[MODE] = decoded.mode if isinstance(decoded, SignIn) else decoded.method.value
    with _transaction(server.store, operation) as tx:
        who = _recognise(server, operation, request, tx)
        version = looked_at(request) if operation.guarded else 0
        call = _call(server, who, request, decoded, query, tx, version)
        if operation.holds is not None:
            return _kept(server, operation, call, request)
        result = operation.handler(call)
        content = b"" if result is None else _encode(result)
    if operation.work is not Work.READ:
        server.bell.ring_from_thread()
        server.outbox.wake()
    accepted = operation.accepted is not None and isinstance(result, operation.accepted)
    headers = _SECURITY_HEADERS | ({"ETag": f'"{result.version}"'} if operation.versioned else {})
    return Response(
        content, 202 if accepted else operation.status, headers, "application/json" if content else None
    )


def _kept(server: Server, operation: Operation, call: Call, request: Request) -> Response:
    """The answer to what many ask again and again."""
    assert operation.holds is not None
    holds, tx = operation.holds, call.open

    def make() -> tuple[Response, int]:
        result = operation.handler(call)
        answer = Response(_encode(result), operation.status, _SECURITY_HEADERS, "application/json")
        return answer, holds(result, tx.now)

    return server.kept.answer(tx, request, make)


def _call(
    server: Server,
    who: Principal,
    request: Request,
    body: Any,
    query: Any,
    tx: Transaction | None,
    version: int,
) -> Call:
    return Call(
        store=server.store,
        who=who,
        path=request.path_params,
        token=token_of(request),
        public_url=server.links,
        packages=server.packages,
        hooks=server.hooks,
        gateway=server.gateway,
        requirements=server.requirements,
        cloud=server.cloud,
        body=body,
        query=query,
        tx=tx,
        version=version,
    )


def _transaction(store: Store, operation: Operation) -> AbstractContextManager[Transaction | None]:
    if operation.work is Work.NOTHING:
        return nullcontext()
    if operation.work is Work.WRITE:
        return store.write()
    return store.read(marked=operation.holds is not None)


def _recognise(server: Server, operation: Operation, request: Request, tx: Transaction | None) -> Principal:
    if operation.needs in (Needs.ANYONE, Needs.CLOUD):
        return anonymous(source_of(request), path_of(request))
    if tx is None:
        with server.store.read() as own:
            who = server.principal(request, own, enrolling=operation.enrolling)
    else:
        who = server.principal(request, tx, enrolling=operation.enrolling)
    if operation.needs is Needs.ADMIN:
        who.need_admin()
    return who

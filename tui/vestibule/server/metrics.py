"""``/metrics`` in Prometheus' text format: numbers only, and no label that a stranger could multiply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from anyio import to_thread
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vestibule import __version__
from vestibule.access.refused import Refused
from vestibule.server.arriving import may_read_metrics
from vestibule.server.observed import Exchange
from vestibule.server.site_numbers import site_numbers
from vestibule.store.errors import StoreError

if TYPE_CHECKING:
    from vestibule.server.app import Server

PATH: Final = "/metrics"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30)
"""Bounds of the histogram; a long poll takes up to 25 s."""
_OUTCOMES = {201: "signed_in", 202: "second_factor_asked"}


class Metrics:
    """What is counted while the server runs, and what is read from the site when somebody looks."""

    def __init__(self, server: Server) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a line more for each number
        self._registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "vestibule_requests",
            "Answered requests",
            ["method", "operation", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "vestibule_request_seconds",
            "Time until the answer was sent",
            ["operation"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._sign_ins = Counter(
            "vestibule_sign_ins", "Attempts to sign in", ["mode", "outcome"], registry=self._registry
        )
        self._counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        Info("vestibule_build", "This server", registry=self._registry).info({"version": __version__})
        ProcessCollector(registry=self._registry)
        self._registry.register(_Site(server))

    def count(self, exchange: Exchange) -> None:
        """Count one answered request."""
        kind = (exchange.method, exchange.template, exchange.status)
        counters = self._counters.get(kind)
        if counters is None:
            requests = self._requests.labels(exchange.method, exchange.template, str(exchange.status))
            counters = self._counters[kind] = requests, self._seconds.labels(exchange.template)
        counters[0].inc()
        counters[1].observe(exchange.seconds)
        if exchange.mode is not None:
            outcome = _OUTCOMES.get(exchange.status) or exchange.code or "failed"
            self._sign_ins.labels(exchange.mode, outcome).inc()

    def route(self) -> Route:
        """``GET /metrics``, for this machine and those named; to others it is not there."""

        async def endpoint(request: Request) -> Response:
            if not may_read_metrics(request):
                raise Refused("not_found")
            written = await to_thread.run_sync(generate_latest, self._registry)
            return Response(written, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

        return Route(PATH, endpoint, methods=["GET"])


class _Site(Collector):
    """Reads the site's numbers when somebody looks; without a database it says that there is none."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def describe(self) -> list[Metric]:
        """Nothing: prometheus_client would ask the database at the start."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All numbers there are now."""
        yield _gauge("long_polls", "Requests that wait for news", self._server.bell.waiting)
        try:
            numbers = site_numbers(self._server.store)
        except StoreError:
            yield _gauge("database_up", "Whether the database answers", 0)
            return
        yield _gauge("database_up", "Whether the database answers", 1)
        yield _gauge("database_bytes", "Size of the database", numbers.database_bytes)
        yield _gauge("sessions", "Open sessions", numbers.sessions)
        yield _gauge("outbox_waiting", "Text messages not carried yet", numbers.outbox_waiting)
        clients = GaugeMetricFamily("vestibule_clients", "Clients by state", labels=["state"])
        for state, count in numbers.clients.items():
            clients.add_metric([state.value], count)
        yield clients


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"vestibule_{name}", help_text, value=value)

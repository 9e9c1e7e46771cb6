"""Prometheus metrics of a gRPC server, with the names of go-grpc-prometheus, and of the PostgreSQL pool.

Source of names and labels: https://github.com/grpc-ecosystem/go-grpc-prometheus
"""

from collections.abc import Callable

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from service_kit.postgres.database import Database

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS = ("grpc_type", "grpc_service", "grpc_method")


def new_registry() -> CollectorRegistry:
    """A registry with the metrics of the process itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def code_name(code: grpc.StatusCode) -> str:
    """The code as go-grpc-prometheus spells it: OK, InvalidArgument, ..."""
    return "OK" if code is grpc.StatusCode.OK else code.name.title().replace("_", "")


class MethodMetrics:
    """The counters of one method, looked up once."""

    def __init__(self, started: Counter, handled: dict[grpc.StatusCode, Counter], seconds: Histogram) -> None:
        self.start: Callable[[], None] = started.inc
        self._handled = {code: counter.inc for code, counter in handled.items()}
        self._observe = seconds.observe

    def end(self, code: grpc.StatusCode, seconds: float) -> None:
        """Counts a call that ended."""
        self._handled[code]()
        self._observe(seconds)


class ServerMetrics:
    """The metrics of all calls of a server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._started = Counter("grpc_server_started", "Calls that began.", _LABELS, registry=registry)
        self._handled = Counter("grpc_server_handled", "Calls that ended.", (*_LABELS, "grpc_code"), registry=registry)
        self._seconds = Histogram(
            "grpc_server_handling_seconds", "Time from request to status.", _LABELS, registry=registry, buckets=_BUCKETS
        )

    def method(self, kind: str, service: str, name: str) -> MethodMetrics:
        """Of one method; every code is there from the start with 0, so that the first error shows in a rate."""
        labels = (kind, service, name)
        handled = {code: self._handled.labels(*labels, code_name(code)) for code in grpc.StatusCode}
        return MethodMetrics(self._started.labels(*labels), handled, self._seconds.labels(*labels))


def register_gauge(registry: CollectorRegistry, name: str, description: str, read: Callable[[], float]) -> None:
    """A gauge that is read when it is scraped."""
    Gauge(name, description, registry=registry).set_function(read)


def register_database(registry: CollectorRegistry, database: Database) -> None:
    """The gauges of a pool."""
    register_gauge(registry, "database_up", "1 while PostgreSQL answers.", lambda: database.reachable)
    register_gauge(registry, "database_pool_size", "Connections that the pool may hold.", lambda: database.size)
    register_gauge(registry, "database_pool_in_use", "Connections at work.", lambda: database.in_use)
    register_gauge(registry, "database_pool_idle", "Connections that wait for work.", lambda: database.idle)
    register_gauge(registry, "database_pool_waiting", "Calls that wait for a connection.", lambda: database.waiting)

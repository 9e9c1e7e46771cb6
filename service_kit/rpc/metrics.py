"""Prometheus metrics of a gRPC server, with the names of go-grpc-prometheus.

Source of names and labels: https://github.com/grpc-ecosystem/go-grpc-prometheus
"""

from collections.abc import Callable

import grpc
from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS = ("grpc_type", "grpc_service", "grpc_method")


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

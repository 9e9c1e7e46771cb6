"""OpenTelemetry traces, only where an OTLP endpoint is set: its interceptors cost a quarter of a call's time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import grpc

_EXPORT_SECONDS = 5


class Tracing(NamedTuple):
    """Interceptors for the server and for channels to other services; none without tracing."""

    server_interceptors: Sequence[grpc.aio.ServerInterceptor]
    client_interceptors: Sequence[grpc.aio.ClientInterceptor]


@contextmanager
def tracing(service: str, endpoint: str) -> Iterator[Tracing]:
    """Traces calls, continues a caller's `traceparent`, and exports spans to an OTLP collector by gRPC.

    An http:// endpoint is not encrypted. OTEL_TRACES_SAMPLER and OTEL_RESOURCE_ATTRIBUTES apply as the SDK has them.
    """
    if not endpoint:
        yield Tracing((), ())
        return
    # Imported only here: the SDK takes 15 MiB of memory.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.grpc import aio_client_interceptors, aio_server_interceptor  # noqa: PLC0415
    from opentelemetry.instrumentation.grpc.filters import health_check, negate  # noqa: PLC0415
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    exporter = OTLPSpanExporter(endpoint, insecure=not endpoint.startswith("https://"), timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    calls = negate(health_check())
    try:
        yield Tracing(
            [aio_server_interceptor(provider, filter_=calls)], aio_client_interceptors(provider, filter_=calls)
        )
    finally:
        provider.shutdown()

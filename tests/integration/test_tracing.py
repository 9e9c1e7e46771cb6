"""A caller's trace goes on through the front door, note_svc, the sidecar's egress and user_svc."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from secrets import token_hex

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.stack import call, new_user, running_stack, seconds_until


class Collector(TraceServiceServicer):
    """An OTLP collector that keeps what it gets: (service, span)."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []

    def Export(  # noqa: N802 - named by the protocol
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        for resource in request.resource_spans:
            names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]
        return ExportTraceServiceResponse()

    def of(self, trace: str) -> list[tuple[str, Span]]:
        return [(service, span) for service, span in self.spans if span.trace_id.hex() == trace]

    def servers(self, trace: str) -> dict[str, Span]:
        """The span of the call that each service answered."""
        return {service: span for service, span in self.of(trace) if span.kind == Span.SPAN_KIND_SERVER}


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector, f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def test_one_trace_from_the_caller_to_the_service_behind_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as (collector, endpoint):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with running_stack() as stack:
            trace, caller = token_hex(16), token_hex(8)
            owner = new_user(stack)
            answer = call(
                stack,
                "note.NoteService/CreateNote",
                {"title": "Traced", "content": "", "userId": owner["id"]},
                {"traceparent": f"00-{trace}-{caller}-01"},
            )
            assert answer.status == 200
            seconds_until(lambda: len(collector.servers(trace)) == 2, 10)
            servers = collector.servers(trace)
            spans = {span.span_id: (service, span) for service, span in collector.of(trace)}

    assert servers["note_svc"].parent_span_id.hex() == caller
    asking_service, asking = spans[servers["user_svc"].parent_span_id]
    assert (asking_service, asking.kind) == ("note_svc", Span.SPAN_KIND_CLIENT)
    assert asking.parent_span_id == servers["note_svc"].span_id

"""Traces of user_svc, as an OTLP collector receives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from notewire_proto import user_pb2, user_pb2_grpc
from service_kit.rpc.calls import Context
from tests.failures import failure
from tests.ports import free_port
from tests.processes import running

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []

    async def Export(  # noqa: N802
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: Context
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            names = [value.value.string_value for value in resource.resource.attributes if value.key == "service.name"]
            self.spans += [(names[0], span) for scope in resource.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[str, Collector]]:
    collector = Collector()
    server = grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"http://127.0.0.1:{port}", collector
    await server.stop(None)


async def test_a_callers_trace_is_continued(database_url: str) -> None:
    async with collecting() as (endpoint, collector):
        settings = {"DATABASE_URL": database_url, "PORT": free_port(), "METRICS_PORT": free_port()}
        async with running("user_svc", settings=settings | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}) as process:
            await process.event("serving")
            async with grpc.aio.insecure_channel(f"127.0.0.1:{settings['PORT']}") as channel:
                users = user_pb2_grpc.UserServiceStub(channel)
                metadata = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)
                await users.ListUsers(user_pb2.ListUsersRequest(), metadata=metadata)
                await failure(users.GetUser(user_pb2.GetUserRequest(), metadata=metadata))
                watch = user_pb2_grpc.UserDirectoryStub(channel).WatchUsers(
                    user_pb2.WatchUsersRequest(), metadata=metadata
                )
                await anext(aiter(watch))
                watch.cancel()
            process.terminate()
            assert await process.ended() == (0, "")

    spans = {span.name: span for _, span in collector.spans}
    assert {service for service, _ in collector.spans} == {"user_svc"}
    assert {"/user.UserService/ListUsers", "/user.UserService/GetUser"} <= {f"/{name.lstrip('/')}" for name in spans}
    for span in spans.values():
        assert span.trace_id.hex() == TRACE
        assert span.parent_span_id.hex() == PARENT
        assert span.kind == Span.SPAN_KIND_SERVER


async def test_a_collector_that_is_gone_costs_no_call_and_no_end(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "PORT": free_port(), "METRICS_PORT": free_port()}
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    async with running("user_svc", settings=settings | endpoint) as process:
        await process.event("serving")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{settings['PORT']}") as channel:
            await user_pb2_grpc.UserServiceStub(channel).ListUsers(user_pb2.ListUsersRequest())
        process.terminate()
        async with asyncio.timeout(15):
            assert (await process.ended())[0] == 0

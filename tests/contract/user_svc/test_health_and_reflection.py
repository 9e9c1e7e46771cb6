from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.failures import failure

NO_MESSAGE = b"\xff\xff\xff"


async def test_each_service_is_healthy(channel: grpc.aio.Channel) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)
    for service in ("", "user.UserService", "user.UserDirectory"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    watching = health.Watch(health_pb2.HealthCheckRequest(service="user.UserService"))
    assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVING
    watching.cancel()


async def test_reflection_names_the_services_and_gives_their_files(channel: grpc.aio.Channel) -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub
    asking = stub(channel).ServerReflectionInfo()
    await asking.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    names = {service.name for service in (await asking.read()).list_services_response.service}
    assert {"user.UserService", "user.UserDirectory", "grpc.health.v1.Health"} < names
    await asking.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol="user.UserService"))
    assert (await asking.read()).file_descriptor_response.file_descriptor_proto
    await asking.done_writing()
    assert await asking.code() is grpc.StatusCode.OK


@pytest.mark.parametrize("method", ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"])
async def test_health_refuses_bytes_that_are_no_message(channel: grpc.aio.Channel, method: str) -> None:
    raw: Any = channel
    ending = (
        raw.unary_unary(method)(NO_MESSAGE) if "Check" in method else anext(aiter(raw.unary_stream(method)(NO_MESSAGE)))
    )
    refused = await failure(ending)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE_REQUEST")
    assert refused.message == "the request is not a valid message"


async def test_reflection_refuses_bytes_that_are_no_message(channel: grpc.aio.Channel) -> None:
    raw: Any = channel
    asking = raw.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")(iter([NO_MESSAGE]))
    refused = await failure(anext(aiter(asking)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE_REQUEST")
    assert refused.message == "the request is not a valid message"

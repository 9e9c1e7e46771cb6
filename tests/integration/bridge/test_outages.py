"""What clients are told when something behind the bridge is gone or going."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from websockets.exceptions import InvalidStatus

from local import envoy
from tests.integration.bridge.echo_server import EchoServer
from tests.integration.bridge.grpc_websocket import FINISH, GrpcWebSocket, data, metadata
from tests.integration.bridge.http import post_json, request
from tests.integration.bridge.stack import FOREIGN_ORIGIN, Stack, running_stack, running_way_out

CREATE = "/user.UserService/CreateUser"
WEB = {"content-type": "application/grpc-web+proto"}
EMPTY = b"\0\0\0\0\0"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EchoServer]:
    server = EchoServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_stack(tmp_path: Path, server: EchoServer) -> Iterator[Stack]:
    with running_stack(tmp_path, server.port) as running:
        yield running


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def health_is(port: int, status: int) -> bool:
    return request(port, "GET", "/health").status == status


async def native_status(port: int) -> grpc.StatusCode:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            call: Any = channel.unary_unary("/note.test.Echo/Unary")
            await call(b"", timeout=10)
        except grpc.aio.AioRpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def assert_unavailable_over_http(port: int) -> None:
    answer = post_json(port, CREATE, {"username": "bob"})
    assert (answer.status, answer.json["code"], answer.json["details"]) == (503, 14, [])
    assert request(port, "POST", "/note.test.Echo/Unary", EMPTY, WEB).headers["grpc-status"] == "14"


async def test_every_kind_of_client_hears_that_the_service_is_gone(own_stack: Stack, server: EchoServer) -> None:
    server.stop()
    for port in (own_stack.edge, own_stack.door):
        begin = time.monotonic()
        assert_unavailable_over_http(port)
        print(f"refused in {time.monotonic() - begin:.2f} s")
        assert await native_status(port) == grpc.StatusCode.UNAVAILABLE
        async with GrpcWebSocket(port, "Unary") as call:
            await call.send(metadata(), data(b""), FINISH)
            assert (await call.answer()).status == 14
        wait_until(partial(health_is, port, 503))
        assert request(port, "GET", "/health").json == {"status": "NOT_SERVING"}


async def test_every_kind_of_client_hears_that_the_sidecar_is_gone(own_stack: Stack) -> None:
    own_stack.sidecar.kill()
    assert_unavailable_over_http(own_stack.door)
    assert await native_status(own_stack.door) == grpc.StatusCode.UNAVAILABLE
    with pytest.raises(InvalidStatus) as refused:
        await GrpcWebSocket(own_stack.door, "Unary").__aenter__()
    assert refused.value.response.status_code == 503
    assert request(own_stack.door, "GET", "/").status == 200


async def test_a_page_of_an_origin_on_the_list_can_read_that_the_sidecar_is_gone(own_stack: Stack) -> None:
    own_stack.sidecar.kill()
    answer = post_json(own_stack.door, CREATE, {"username": "bob"}, origin=FOREIGN_ORIGIN)
    assert (answer.status, answer.json["code"]) == (503, 14)
    assert answer.headers["access-control-allow-origin"] == FOREIGN_ORIGIN
    asked = {"origin": FOREIGN_ORIGIN, "access-control-request-method": "POST"}
    assert request(own_stack.door, "OPTIONS", CREATE, headers=asked).status == 200


async def test_a_call_that_is_cut_off_ends_with_unavailable(own_stack: Stack, server: EchoServer) -> None:
    async with GrpcWebSocket(own_stack.door, "ServerStream") as call:
        request_message = server.messages.Message(count=100, pause_ms=100)
        await call.send(metadata(), data(request_message), FINISH)
        await call.frame()
        await call.frame()
        server.stop()
        answer = await call.answer()
    assert answer.status == 14


async def test_what_runs_goes_on_while_both_drain(own_stack: Stack, server: EchoServer) -> None:
    message = server.messages.Message
    async with GrpcWebSocket(own_stack.door, "Bidi") as call:
        await call.send(metadata(), data(message(text="before")))
        await call.frame()
        await call.frame()
        for name in ("sidecar", "door"):
            own_stack.admin(name, "POST", "/drain_listeners?graceful&skip_exit")
        await call.send(data(message(text="during")))
        assert message.FromString((await call.frame())[1]).text == "during"
        answer = post_json(own_stack.door, CREATE, {"username": "bob"})
        assert (answer.status, answer.headers.get("connection")) == (200, "close")
        assert await native_status(own_stack.door) == grpc.StatusCode.OK
        await call.send(FINISH)
        assert (await call.answer()).close_code == 1000


@pytest.fixture
def egress(tmp_path: Path, own_stack: Stack) -> Iterator[Path]:
    """Leads to the services address of the stack's sidecar."""
    directory = tmp_path / "other"
    directory.mkdir()
    with running_way_out(directory, envoy.socket_address("127.0.0.1", own_stack.services)) as socket:
        yield socket


async def test_the_way_out_leads_to_the_user_directory_and_says_when_it_is_gone(egress: Path, own_stack: Stack) -> None:
    async with grpc.aio.insecure_channel(f"unix:{egress}") as channel:
        call: Any = channel.unary_unary("/user.UserDirectory/BatchGetUsers")
        assert await call(b"\n\x01a", timeout=5) == b"\x10\x01"
        own_stack.sidecar.kill()
        begin = time.monotonic()
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await call(b"\n\x01a", timeout=10)
        seconds = time.monotonic() - begin
    print(f"UNAVAILABLE after {seconds:.2f} s (promised: 1)")
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE
    assert seconds < 3

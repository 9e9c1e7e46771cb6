"""The front door and the sidecar when more comes than they are set to take."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from tests.integration.bridge.echo_server import EchoServer
from tests.integration.bridge.grpc_websocket import GrpcWebSocket, data, metadata
from tests.integration.bridge.http import post_json, request
from tests.integration.bridge.stack import Stack, running_stack
from tests.stack import seconds_until

CREATE = "/user.UserService/CreateUser"
CONNECTIONS = 5


def takes_another(stack: Stack) -> bool:
    try:
        return request(stack.door, "GET", "/").status == 200
    except ConnectionError:
        return False


def test_a_connection_too_many_is_closed_at_once_and_taken_when_another_ends(
    short_path: Path, echo_server: EchoServer
) -> None:
    with (
        running_stack(short_path, echo_server.port, {"MAX_CONNECTIONS": str(CONNECTIONS)}) as stack,
        ExitStack() as opened,
    ):
        taken = [
            opened.enter_context(socket.create_connection(("127.0.0.1", stack.door), timeout=5))
            for _ in range(CONNECTIONS)
        ]
        for connection in taken:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert not takes_another(stack)
        assert stack.admin("door", "GET", "/ready") == "LIVE\n"
        taken[0].close()
        seconds_until(partial(takes_another, stack), 10)


@pytest.mark.parametrize("content_type", ["application/grpc-web+proto", "application/json"])
def test_clients_that_begin_a_body_and_stop_do_not_keep_others_out(
    short_path: Path, echo_server: EchoServer, content_type: str
) -> None:
    limits, times = {"MAX_CONNECTIONS": str(CONNECTIONS)}, {"max_stream_duration: 15s": "max_stream_duration: 2s"}
    head = f"POST {CREATE} HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ncontent-length: 9\r\n\r\n"
    with running_stack(short_path, echo_server.port, limits, times=times) as stack, ExitStack() as opened:
        for _ in range(CONNECTIONS):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", stack.door), timeout=5))
            client.sendall(head.encode() + b"{")
        seconds_until(lambda: not takes_another(stack), 1)
        seconds_until(partial(takes_another, stack), 10)


async def test_a_door_without_memory_left_refuses_every_kind_of_call_in_its_shape(
    short_path: Path, echo_server: EchoServer
) -> None:
    with running_stack(short_path, echo_server.port, {"MAX_HEAP_BYTES": "1000000"}) as stack:
        async with asyncio.timeout(10):
            while "stop_accepting_requests.active: 1" not in stack.admin("door", "GET", "/stats?filter=overload"):
                await asyncio.sleep(0.02)
        refused = post_json(stack.door, CREATE, {"username": "bob"})
        assert refused.status == 503
        assert refused.json == {"code": 14, "message": "envoy overloaded", "details": []}
        web = {"content-type": "application/grpc-web+proto"}
        assert request(stack.door, "POST", CREATE, b"\0\0\0\0\0", web).status == 503
        async with grpc.aio.insecure_channel(f"127.0.0.1:{stack.door}") as channel:
            call: Any = channel.unary_unary(CREATE)
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await call(b"", timeout=10)
        assert failed.value.code() is grpc.StatusCode.UNAVAILABLE


def test_connections_without_a_call_make_room_when_a_door_has_no_memory_left(
    short_path: Path, echo_server: EchoServer
) -> None:
    with (
        running_stack(short_path, echo_server.port, {"MAX_HEAP_BYTES": "1000000"}) as stack,
        socket.create_connection(("127.0.0.1", stack.door), timeout=20) as idle,
    ):
        idle.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        while idle.recv(4096):
            pass


@pytest.fixture
def unbuffered_server(tmp_path: Path) -> Iterator[EchoServer]:
    """Takes 64 KiB of what its handler does not read; gRPC makes that many megabytes on a fast connection."""
    server = EchoServer(tmp_path, [("grpc.http2.bdp_probe", 0)])
    server.start()
    yield server
    server.stop()


async def test_calls_that_fill_the_memory_of_a_sidecar_end_so_that_others_may_call(
    short_path: Path, unbuffered_server: EchoServer
) -> None:
    limits = {"MAX_HEAP_BYTES": "80000000"}
    megabyte = data(unbuffered_server.messages.Message(payload=b"x" * 1_000_000))

    async with AsyncExitStack() as opened:
        stack = opened.enter_context(running_stack(short_path, unbuffered_server.port, sidecar_limits=limits))
        calls = [await opened.enter_async_context(GrpcWebSocket(stack.edge, "Deaf")) for _ in range(4)]
        for call in calls:
            with suppress(ConnectionClosed):
                await call.send(metadata(), *[megabyte] * 25)
        async with asyncio.timeout(30):
            while all(call.socket.state is State.OPEN for call in calls):
                await asyncio.sleep(0.1)
            while post_json(stack.edge, CREATE, {"username": "bob"}).status != 200:
                await asyncio.sleep(0.1)

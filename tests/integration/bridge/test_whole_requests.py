"""Requests that are not one whole message, or never become one: refused at once, or when their time is over."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from local import envoy
from notewire_proto import note_pb2, user_pb2
from tests.integration.bridge.echo_server import EchoServer
from tests.integration.bridge.grpc_websocket import FINISH, GrpcWebSocket, data, framed, metadata
from tests.integration.bridge.http import post_json, request
from tests.integration.bridge.stack import FOREIGN_ORIGIN, Stack, running_stack

CREATE = "/user.UserService/CreateUser"
BATCH = "/user.UserDirectory/BatchGetUsers"
CHECK = "/grpc.health.v1.Health/Check"
WEB = {"content-type": "application/grpc-web+proto", "origin": FOREIGN_ORIGIN}
TEXT = {"content-type": "application/grpc-web-text", "origin": FOREIGN_ORIGIN}
RAW_CALL = Path(__file__).parent / "clients" / "raw_call.cjs"
INVALID_ARGUMENT, DEADLINE_EXCEEDED = 3, 4
AT_ONCE_SECONDS = 5  # what must not wait takes milliseconds; machines differ
# A request has 15 s to come whole, and a unary call 60 in all: here shorter.
COMES, ENDS = "max_stream_duration: 15s", "max_stream_duration: 60s"
TIMES = {COMES: "max_stream_duration: 1s", ENDS: "max_stream_duration: 2s"}
LONGER_SECONDS = 3

EMPTY = framed(b"")
NOT_ONE_MESSAGE = {
    "nothing": (b"", "the request has no message"),
    "half a prefix": (b"\0\0\0", "the request ends before its message does"),
    "a length beyond the end": (b"\0\0\0\0\5ab", "the request ends before its message does"),
    "bytes after the message": (EMPTY + b"x", "the request goes on after its message"),
    "two messages": (EMPTY * 2, "the request goes on after its message"),
    "trailers": (b"\x80\0\0\0\0", "the request begins with no message"),
}
refused_bodies = pytest.mark.parametrize(("body", "text"), NOT_ONE_MESSAGE.values(), ids=NOT_ONE_MESSAGE)


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory, echo_server: EchoServer) -> Iterator[Stack]:
    """A stack whose routes live for a shorter time."""
    with running_stack(tmp_path_factory.mktemp("h"), echo_server.port, times=TIMES) as running:
        yield running


@pytest.fixture(params=["edge", "door"])
def hurried_port(request: pytest.FixtureRequest, hurried: Stack) -> int:
    return int(getattr(hurried, request.param))


async def native(port: int, path: str, body: bytes, *, ends: bool = True) -> dict[str, Any]:
    """The headers and trailers of the answer to these bytes as a native gRPC request."""
    arguments = [str(RAW_CALL), f"http://127.0.0.1:{port}", path, body.hex(), "ends" if ends else "open"]
    process = await asyncio.create_subprocess_exec("node", *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    answer: dict[str, Any] = json.loads(output)
    return answer


@refused_bodies
def test_grpc_web(port: int, body: bytes, text: str) -> None:
    began = time.monotonic()
    for headers, sent in ((WEB, body), (TEXT, base64.b64encode(body))):
        answer = request(port, "POST", CREATE, sent, headers)
        assert (answer.status, answer.headers["grpc-status"]) == (400, str(INVALID_ARGUMENT))
        assert answer.headers["grpc-message"] == text
        assert answer.headers["content-type"].startswith("application/grpc-web")
        assert answer.headers["access-control-allow-origin"] == FOREIGN_ORIGIN
        assert "grpc-status" in answer.headers["access-control-expose-headers"]
    assert time.monotonic() - began < AT_ONCE_SECONDS


@refused_bodies
async def test_native_grpc(port: int, body: bytes, text: str) -> None:
    answer = await native(port, CREATE, body)
    assert (answer[":status"], answer["grpc-status"]) == (200, str(INVALID_ARGUMENT))
    assert answer["grpc-message"] == text
    assert answer["seconds"] < AT_ONCE_SECONDS


@refused_bodies
@pytest.mark.parametrize(("listener", "path"), [("services", BATCH), ("services", CHECK), ("edge", CHECK)])
async def test_native_grpc_of_other_services(stack: Stack, listener: str, path: str, body: bytes, text: str) -> None:
    answer = await native(getattr(stack, listener), path, body)
    assert (answer["grpc-status"], answer["grpc-message"]) == (str(INVALID_ARGUMENT), text)
    assert answer["seconds"] < AT_ONCE_SECONDS


@refused_bodies
async def test_websocket(port: int, body: bytes, text: str) -> None:
    async with GrpcWebSocket(port, CREATE) as call:
        await call.send(metadata(), b"\0" + body, FINISH)
        answer = await asyncio.wait_for(call.answer(), AT_ONCE_SECONDS)
    assert (answer.status, answer.metadata[-1]["grpc-message"]) == (INVALID_ARGUMENT, text)
    assert answer.close_code == 1000


async def test_websocket_that_finishes_without_a_message(port: int) -> None:
    async with GrpcWebSocket(port, CREATE) as call:
        await call.send(metadata(), FINISH)
        answer = await asyncio.wait_for(call.answer(), AT_ONCE_SECONDS)
    assert (answer.status, answer.close_code) == (INVALID_ARGUMENT, 1000)


def test_base64_that_ends_too_early(port: int) -> None:
    answer = request(port, "POST", CREATE, base64.b64encode(EMPTY)[:-3], TEXT)
    assert (answer.status, answer.headers["grpc-status"]) == (400, str(INVALID_ARGUMENT))


def test_every_unary_method_of_the_contract_has_to_come_whole_and_no_stream_has() -> None:
    found = re.search(r"safe_regex: &unary \{regex: '(.*)'\}", envoy.SIDECAR.read_text())
    assert found is not None
    held_back = {
        f"{service.full_name}/{method.name}": bool(re.fullmatch(found[1], f"/{service.full_name}/{method.name}"))
        for module in (user_pb2, note_pb2)
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert held_back == {
        f"{service.full_name}/{method.name}": not (method.client_streaming or method.server_streaming)
        for module in (user_pb2, note_pb2)
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }


def test_the_times_are_those_that_are_promised() -> None:
    for template, times in ((envoy.SIDECAR, (COMES, ENDS)), (envoy.FRONT_DOOR, (COMES,))):
        assert [time for time in times if time not in template.read_text()] == []


def test_grpc_web_and_json_that_do_not_come_whole(hurried_port: int) -> None:
    for headers in (WEB, TEXT):
        answer = request(hurried_port, "POST", CREATE, b"", headers, missing=5)
        assert (answer.status, answer.headers["grpc-status"]) == (408, str(DEADLINE_EXCEEDED))
        assert answer.headers["grpc-message"] == "the request did not come whole in time"
        assert answer.headers["access-control-allow-origin"] == FOREIGN_ORIGIN
        assert answer.headers["connection"] == "close"
    json_type = {"content-type": "application/json", "origin": FOREIGN_ORIGIN}
    answer = request(hurried_port, "POST", CREATE, b"{", json_type, missing=1)
    assert answer.status == 408
    assert answer.json == {
        "code": DEADLINE_EXCEEDED,
        "message": "the request did not come whole in time",
        "details": [],
    }
    assert answer.headers["access-control-allow-origin"] == FOREIGN_ORIGIN


async def test_native_grpc_that_does_not_come_whole(hurried: Stack) -> None:
    ways = [(hurried.edge, CREATE), (hurried.door, CREATE), (hurried.services, BATCH), (hurried.edge, CHECK)]
    answers = await asyncio.gather(*(native(port, path, b"\0\0\0\0\1", ends=False) for port, path in ways))
    for answer in answers:
        assert (answer["grpc-status"], answer["grpc-message"]) == (
            str(DEADLINE_EXCEEDED),
            "the request did not come whole in time",
        )
        assert 0.9 < answer["seconds"] < AT_ONCE_SECONDS


async def test_websocket_whose_message_does_not_come_whole(hurried_port: int) -> None:
    async with GrpcWebSocket(hurried_port, CREATE) as call:
        await call.send(metadata(), b"\0\0\0\0\0\5ab")
        answer = await asyncio.wait_for(call.answer(), AT_ONCE_SECONDS)
    assert (answer.status, answer.close_code) == (DEADLINE_EXCEEDED, 1000)


def test_a_request_for_a_page_whose_body_does_not_come(tmp_path: Path, echo_server: EchoServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        web = {"WEB": envoy.socket_address("127.0.0.1", silent.getsockname()[1])}
        with running_stack(
            tmp_path, silent.getsockname()[1], web, times={"max_stream_duration: 35s": "max_stream_duration: 1s"}
        ) as stack:
            assert request(stack.door, "GET", "/", b"", missing=5).status == 408


SLOW = user_pb2.CreateUserRequest(username="slow")


async def test_a_unary_call_ends_however_long_its_service_takes(hurried_port: int) -> None:
    async def over_websocket() -> int | None:
        async with GrpcWebSocket(hurried_port, CREATE) as call:
            await call.send(metadata(), data(SLOW), FINISH)
            return (await call.answer()).status

    began = time.monotonic()
    web, plain, called, sent = await asyncio.gather(
        asyncio.to_thread(request, hurried_port, "POST", CREATE, framed(SLOW), WEB),
        asyncio.to_thread(post_json, hurried_port, CREATE, {"username": "slow"}),
        native(hurried_port, CREATE, framed(SLOW)),
        over_websocket(),
    )
    assert 1.9 < time.monotonic() - began < 2 + AT_ONCE_SECONDS
    assert (plain.status, plain.json["code"]) == (504, DEADLINE_EXCEEDED)
    # Its service hears of the same end, and whoever is first says so: in headers, or in a frame of trailers.
    assert web.headers.get("grpc-status") == str(DEADLINE_EXCEEDED) or b"grpc-status:4\r" in web.body
    assert (called["grpc-status"], sent) == (str(DEADLINE_EXCEEDED), DEADLINE_EXCEEDED)


async def test_a_stream_lives_longer(hurried_port: int, echo_server: EchoServer) -> None:
    message = echo_server.messages.Message

    async def over_websocket() -> int:
        async with GrpcWebSocket(hurried_port, "Bidi") as call:
            await call.send(metadata(), data(message(text="first")))
            await asyncio.sleep(LONGER_SECONDS)
            await call.send(data(message(text="end")))
            answer = await call.answer()
            assert answer.status == 0
            return len(answer.messages)

    asked = framed(message(count=1, pause_ms=int(LONGER_SECONDS * 1000)))
    web, sent = await asyncio.gather(
        asyncio.to_thread(request, hurried_port, "POST", "/note.test.Echo/ServerStream", asked, WEB), over_websocket()
    )
    assert web.body.count(b"grpc-status:0") == 1
    assert sent == 1


async def test_a_native_stream_of_requests_may_take_its_time(hurried_port: int, echo_server: EchoServer) -> None:
    message = echo_server.messages.Message
    async with grpc.aio.insecure_channel(f"127.0.0.1:{hurried_port}") as channel:
        stub: Any = channel
        call = stub.stream_unary(
            "/note.test.Echo/ClientStream",
            request_serializer=message.SerializeToString,
            response_deserializer=message.FromString,
        )()
        await call.write(message())
        await asyncio.sleep(LONGER_SECONDS)
        await call.done_writing()
        assert (await call).count == 1


@pytest.mark.parametrize(("asked", "heard"), [("8S", "8"), ("100S", "100"), (None, "60")])
async def test_the_service_hears_of_the_callers_deadline_or_of_that_of_all(port: int, asked: str, heard: str) -> None:
    deadline = {} if asked is None else {"grpc-timeout": asked}
    message = user_pb2.CreateUserRequest(username="deadline")
    web = request(port, "POST", CREATE, framed(message), WEB | deadline).body
    async with GrpcWebSocket(port, CREATE) as call:
        await call.send(metadata(**deadline), data(message), FINISH)
        over_websocket = (await call.answer()).messages[0]
    plain = post_json(port, CREATE, {"username": message.username}, **deadline).json
    assert plain["email"] == heard
    for answer in (web[5 : 5 + int.from_bytes(web[1:5], "big")], over_websocket):
        assert user_pb2.User.FromString(answer).email == heard

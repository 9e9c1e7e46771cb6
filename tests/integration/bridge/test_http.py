"""What the bridge does beside the calls: CORS, request ids, logs, health, headers, its own addresses."""

import asyncio
import json
import socket
import time
from typing import Any

import pytest

from local import envoy
from tests.integration.bridge.grpc_websocket import FINISH, GrpcWebSocket, data, metadata
from tests.integration.bridge.http import post_json, request
from tests.integration.bridge.stack import FOREIGN_ORIGIN, Stack

CREATE = "/user.UserService/CreateUser"
ECHO = "/note.test.Echo/Unary"
EMPTY = b"\0\0\0\0\0"


def preflight(port: int, origin: str) -> Any:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-grpc-web",
    }
    return request(port, "OPTIONS", CREATE, headers=asked)


def test_an_origin_on_the_list_may_call_and_read_the_status(port: int) -> None:
    allowed = preflight(port, FOREIGN_ORIGIN)
    assert allowed.status == 200
    assert allowed.headers["access-control-allow-origin"] == FOREIGN_ORIGIN
    assert allowed.headers["access-control-max-age"] == "7200"
    assert "x-grpc-web" in allowed.headers["access-control-allow-headers"]
    called = post_json(port, CREATE, {"username": "bob"}, origin=FOREIGN_ORIGIN)
    assert called.headers["access-control-allow-origin"] == FOREIGN_ORIGIN
    exposed = called.headers["access-control-expose-headers"]
    assert all(name in exposed for name in ("grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"))


def test_an_origin_on_the_list_can_read_errors(port: int) -> None:
    for body in (b"{", b'{"username": "taken"}'):
        answer = post_json(port, CREATE, body, origin=FOREIGN_ORIGIN)
        assert answer.headers["access-control-allow-origin"] == FOREIGN_ORIGIN


def test_no_other_origin_is_told_anything(port: int) -> None:
    assert "access-control-allow-origin" not in preflight(port, "https://evil.example").headers
    answer = post_json(port, CREATE, {"username": "bob"}, origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers


def test_health_says_whether_the_service_serves(port: int) -> None:
    answer = request(port, "GET", "/health")
    assert (answer.status, answer.json) == (200, {"status": "SERVING"})


def test_the_front_door_makes_the_request_id_and_everyone_uses_it(stack: Stack, echo_server: Any) -> None:
    answer = post_json(stack.door, CREATE, {}, x_request_id="mine")
    assert len(answer.headers["x-request-id"]) == 36
    body = request(
        stack.edge,
        "POST",
        "/note.test.Echo/Metadata",
        EMPTY,
        {"content-type": "application/grpc-web+proto", "x-request-id": "from-the-door"},
    ).body
    received = echo_server.messages.Received.FromString(body[5 : 5 + int.from_bytes(body[1:5], "big")])
    assert received.metadata["x-request-id"] == "from-the-door"


async def test_the_log_has_one_line_for_each_call_with_its_grpc_status(stack: Stack, echo_server: Any) -> None:
    fail = echo_server.messages.Message(fail=5, text="none").SerializeToString()
    framed = b"\0" + len(fail).to_bytes(4, "big") + fail
    web = request(stack.door, "POST", ECHO, framed, {"content-type": "application/grpc-web+proto"})
    expected = {
        web.headers["x-request-id"]: 5,
        post_json(stack.door, CREATE, {"username": "taken"}).headers["x-request-id"]: 6,
        post_json(stack.door, CREATE, {"username": "bob"}).headers["x-request-id"]: 0,
    }
    async with GrpcWebSocket(stack.door, "Unary") as call:
        await call.send(metadata(), data(echo_server.messages.Message(fail=9, text="no")), FINISH)
        await call.answer()
        assert call.socket.response is not None
        expected[call.socket.response.headers["x-request-id"]] = 9
    refused = post_json(stack.door, CREATE, {}, content_type="text/plain").headers["x-request-id"]
    stack.admin("sidecar", "POST", "/reopen_logs")
    until = time.monotonic() + 15
    logged: dict[str, list[dict[str, Any]]] = {}
    while not {*expected, refused} <= set(logged):
        assert time.monotonic() < until, logged
        await asyncio.sleep(0.1)
        logged = {}
        for line in stack.log("sidecar").splitlines():
            if line.startswith("{"):
                logged.setdefault(json.loads(line)["request_id"], []).append(json.loads(line))
    assert {name: [line["grpc_status"] for line in logged[name]] for name in expected} == {
        name: [status] for name, status in expected.items()
    }
    assert [(line["log"], line["status"]) for line in logged[refused]] == [("refusal", 415)]


def test_pages_come_with_a_strict_policy(stack: Stack) -> None:
    page = request(stack.door, "GET", "/some/page")
    policy = page.headers["content-security-policy"]
    assert (page.status, b"Notewire" in page.body) == (200, True)
    assert "unsafe" not in policy
    assert "default-src 'none'; script-src 'self'" in policy
    assert "img-src 'self' data: https:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ready", 200),
        ("GET", "/stats/prometheus", 200),
        ("POST", "/ready", 404),
        ("POST", "/quitquitquit", 404),
        ("GET", "/config_dump", 404),
        ("GET", "/stats", 404),
        ("GET", "/stats/prometheus/../../config_dump", 404),
        ("GET", "//config_dump", 404),
    ],
)
def test_the_metrics_address_shows_metrics_and_readiness_alone(
    stack: Stack, method: str, path: str, status: int
) -> None:
    connection = envoy.UnixConnection(stack.directory / "sidecar.metrics")
    connection.request(method, path)
    assert connection.getresponse().status == status
    connection.close()


def test_the_metrics_count_calls_by_their_outcome(stack: Stack) -> None:
    def counted(outcome: str) -> int:
        stats = stack.admin("sidecar", "GET", "/stats?filter=cluster.app.grpc")
        return sum(int(line.split(": ")[1]) for line in stats.splitlines() if f".{outcome}:" in line)

    before = counted("success"), counted("failure")
    post_json(stack.edge, CREATE, {"username": "bob"})
    post_json(stack.edge, CREATE, {"username": "taken"})
    assert counted("success") > before[0]  # the front door's health checks are among them
    assert counted("failure") == before[1] + 1


@pytest.mark.parametrize("left", [3_000_000, 3_500_000])
def test_a_client_that_stalls_gets_the_whole_of_the_last_answer_of_a_connection(
    port: int, echo_server: Any, left: int
) -> None:
    """Envoy closes the connection behind it, and what the kernel does not take at once must not be lost with it."""
    messages, size = 8, 1_000_000
    asked = echo_server.messages.Message(count=messages, payload=b"x" * size).SerializeToString()
    framed = b"\0" + len(asked).to_bytes(4, "big") + asked
    head = ["POST /note.test.Echo/ServerStream HTTP/1.1", "host: localhost", f"content-length: {len(framed)}"]
    head += ["content-type: application/grpc-web+proto", "connection: close", "", ""]
    received, stalled = bytearray(), False
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262_144)
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        client.sendall("\r\n".join(head).encode() + framed)
        while piece := client.recv(65536):
            received += piece
            if not stalled and len(received) > messages * size - left:
                stalled = True
                time.sleep(0.1)
    assert received.count(b"x") >= messages * size
    assert b"grpc-status:0\r\n" in received[-100:]

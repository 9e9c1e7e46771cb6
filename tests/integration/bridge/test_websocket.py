"""gRPC over WebSocket as a client sees it, straight at the sidecar and through the front door."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.integration.bridge.echo_server import EchoServer
from tests.integration.bridge.grpc_websocket import FINISH, GrpcWebSocket, data, metadata
from tests.integration.bridge.stack import FOREIGN_ORIGIN, Stack

# What a call may have sent beyond what its handler has read; WINDOW in envoy/websocket/http2.lua.
WINDOW_MB = 33.6


async def ending(echo_server: EchoServer, method: str, since: int) -> tuple[str, float]:
    """How the next call of the method ended, and when."""
    while True:
        for name, how, when in echo_server.echo.ended[since:]:
            if name == method:
                return how, when
        await asyncio.sleep(0.005)


async def started(echo_server: EchoServer, method: str, since: int) -> None:
    while method not in echo_server.echo.started[since:]:
        await asyncio.sleep(0.005)


async def test_a_unary_call(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Unary") as call:
        await call.send(metadata(), data(message(text="hello")), FINISH)
        answer = await call.answer()
    assert [message.FromString(body).text for body in answer.messages] == ["hello"]
    assert (answer.status, answer.close_code) == (0, 1000)


async def test_server_streaming_passes_each_message_on_at_once(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "ServerStream") as call:
        await call.send(metadata(), data(message(text="tick", count=2, pause_ms=60_000)), FINISH)
        await call.frame()
        assert message.FromString((await call.frame())[1]).text == "tick 0"


async def test_server_streaming_ends_with_the_status(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "ServerStream") as call:
        await call.send(metadata(), data(message(text="tick", count=4)), FINISH)
        answer = await call.answer()
    assert [message.FromString(body).text for body in answer.messages] == [f"tick {number}" for number in range(4)]
    assert (answer.status, answer.close_code) == (0, 1000)


async def test_client_streaming_ends_with_the_half_close(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "ClientStream") as call:
        await call.send(metadata(), *[data(message(payload=b"x" * 1_000_000))] * 20, FINISH)
        answer = await call.answer()
    assert message.FromString(answer.messages[0]).text == "20 messages, 20000000 bytes"


async def test_bidirectional_streaming_answers_before_the_half_close(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Bidi") as call:
        await call.send(metadata(), data(message(text="0")))
        await call.frame()
        for number in range(1, 50):
            assert message.FromString((await call.frame())[1]).text == str(number - 1)
            await call.send(data(message(text=str(number))))
        await call.frame()
        await call.send(FINISH)
        answer = await call.answer()
    assert message.FromString(answer.messages[-1]).text == "half-closed"
    assert (answer.status, answer.close_code) == (0, 1000)


async def test_a_call_that_the_service_ends_first(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Bidi") as call:
        await call.send(metadata(), data(message(text="end")))
        answer = await call.answer()
    assert (answer.status, answer.close_code) == (0, 1000)


async def test_messages_of_every_size_up_to_the_limit_of_the_services(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Bidi") as call:
        await call.send(metadata())
        for size in (0, 1, 125, 126, 16_384, 65_535, 65_536, 1_000_000, 4_194_290):
            await call.send(data(message(payload=b"z" * size)))
            kind, body = await call.frame()
            while kind == 128:
                kind, body = await call.frame()
            assert len(message.FromString(body).payload) == size


async def test_an_error_is_one_frame_of_metadata_with_its_details(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Unary") as call:
        await call.send(metadata(), data(message(text="not so", fail=3, violations=2)), FINISH)
        answer = await call.answer()
    assert len(answer.metadata) == 1
    assert (answer.status, answer.metadata[0]["grpc-message"], answer.close_code) == (3, "not so", 1000)
    assert answer.metadata[0]["content-type"] == "application/grpc-web+proto"
    assert "grpc-status-details-bin" in answer.metadata[0]


async def test_an_error_in_mid_stream_comes_after_the_messages(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "ServerStream") as call:
        await call.send(metadata(), data(message(count=2, fail=9, text="enough")), FINISH)
        answer = await call.answer()
    assert (len(answer.messages), answer.status, answer.close_code) == (2, 9, 1000)


async def test_an_unknown_method_is_unimplemented(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Nothing") as call:
        await call.send(metadata(), data(message()), FINISH)
        answer = await call.answer()
    assert (answer.status, answer.close_code) == (12, 1000)


async def test_the_metadata_of_message_0_are_request_headers(port: int, echo_server: EchoServer) -> None:
    async with GrpcWebSocket(
        port, "Metadata", additional_headers={"cookie": "a=b"}, user_agent_header="somebody/1"
    ) as call:
        fields = metadata(
            authorization="Bearer t", x_mine="1", trace_bin="AAEC", x_forwarded_for="6.6.6.6", host="evil"
        )
        await call.send(fields, data(echo_server.messages.Message()), FINISH)
        answer = await call.answer()
    received = echo_server.messages.Received.FromString(answer.messages[0]).metadata
    assert received["authorization"] == "Bearer t"
    assert (received["x-mine"], received["trace-bin"]) == ("1", "000102")
    assert (received["cookie"], received["user-agent"]) == ("a=b", "somebody/1")
    assert "6.6.6.6" not in received["x-forwarded-for"]
    assert len(received["x-request-id"]) == 36


async def test_a_deadline_reaches_the_service(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Unary") as call:
        begin = time.monotonic()
        await call.send(metadata(grpc_timeout="300m"), data(message(pause_ms=10_000)), FINISH)
        answer = await call.answer()
    assert answer.status == 4
    assert 0.25 < time.monotonic() - begin < 3


@pytest.mark.parametrize("method", ["Unary", "ServerStream", "ClientStream", "Bidi"])
@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_lost_client_cancels_the_handler(
    port: int, message: Any, echo_server: EchoServer, method: str, how: str
) -> None:
    echo = echo_server.echo
    starts, ends = len(echo.started), len(echo.ended)
    call = GrpcWebSocket(port, method)
    await call.__aenter__()
    await call.send(metadata(), data(message(count=1000, pause_ms=60_000)))
    if method in {"Unary", "ServerStream"}:
        await call.send(FINISH)
    await asyncio.wait_for(started(echo_server, method, starts), 10)
    begin = time.monotonic()
    if how == "close":
        await call.socket.close(1000)
        assert call.socket.close_code == 1000
    else:
        call.socket.transport.abort()
    outcome, when = await asyncio.wait_for(ending(echo_server, method, ends), 10)
    print(f"{method}: cancelled {(when - begin) * 1000:.0f} ms after {how} (promised: 1000)")
    # A handler that reads only sees its requests end; grpc.aio cancels it at its next await.
    assert outcome == "cancelled" or method in {"ClientStream", "Bidi"}
    assert when - begin < 3


async def test_closing_takes_no_second(port: int, message: Any) -> None:
    async def by_client() -> float:
        async with GrpcWebSocket(port, "Bidi") as call:
            await call.send(metadata(), data(message(text="open")))
            await call.frame()
            begin = time.monotonic()
            await call.socket.close(4001, "done")
            assert (call.socket.close_code, call.socket.close_reason) == (4001, "")
            return time.monotonic() - begin

    async def by_server() -> float:
        async with GrpcWebSocket(port, "Unary") as call:
            await call.send(metadata(), data(message()), FINISH)
            begin = time.monotonic()
            await call.answer()
            await call.socket.wait_closed()
            return time.monotonic() - begin

    # The shortest, since a second of Envoy's would be in each.
    for who, close in (("client", by_client), ("server", by_server)):
        seconds = min([await close() for _ in range(3)])
        print(f"closed by the {who} in {seconds * 1000:.0f} ms")
        assert seconds < 1


async def test_a_ping_is_answered_at_once_at_any_time(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Bidi") as call:
        for step in ("before message 0", "while nothing else happens"):
            round_trip = await asyncio.wait_for(await call.socket.ping(), 3)
            print(f"pong {step}: {round_trip * 1000:.1f} ms")
            await call.send(metadata() if step == "before message 0" else data(message()))


async def test_a_flood_of_pings_disturbs_nothing(port: int, message: Any) -> None:
    async with GrpcWebSocket(port, "Bidi") as call:
        await call.send(metadata())
        pongs = [await call.socket.ping() for _ in range(5000)]
        await asyncio.wait_for(asyncio.gather(*pongs), 10)
        await call.send(data(message(text="end")))
        assert (await call.answer()).status == 0


async def test_a_handler_that_does_not_read_ends_the_call_with_resource_exhausted(
    port: int, message: Any, stack: Stack
) -> None:
    sidecar = psutil.Process(stack.sidecar.pid)
    before = sidecar.memory_info().rss

    async def flood() -> int | None:
        async with GrpcWebSocket(port, "Deaf") as call:
            reading = asyncio.create_task(call.answer())
            await call.send(metadata())
            # A client that is quick has sent it all before it hears of the end.
            with suppress(ConnectionClosed):
                await call.send(*[data(message(payload=b"x" * 100_000))] * 1000)
            return (await reading).status

    statuses = await asyncio.gather(*(flood() for _ in range(2)))
    grown = (sidecar.memory_info().rss - before) / 1e6
    print(f"2 clients that flood a handler that does not read: Envoy grew by {grown:.0f} MB")
    assert statuses == [8] * 2
    assert grown < 2 * WINDOW_MB * 1.25


async def test_a_client_that_does_not_read_slows_the_service_and_fills_no_memory(
    port: int, message: Any, stack: Stack, echo_server: EchoServer
) -> None:
    sidecar = psutil.Process(stack.sidecar.pid)
    before, ends = sidecar.memory_info().rss, len(echo_server.echo.ended)
    calls = [GrpcWebSocket(port, "ServerStream") for _ in range(5)]
    for call in calls:
        await call.__aenter__()
        call.socket.transport.pause_reading()
        await call.send(metadata(), data(message(count=1000, payload=b"x" * 200_000)), FINISH)
    await asyncio.sleep(1.5)
    grown = (sidecar.memory_info().rss - before) / 1e6
    finished = len(echo_server.echo.ended) - ends
    for call in calls:
        call.socket.transport.abort()
    async with asyncio.timeout(10):
        while len(echo_server.echo.ended) - ends < len(calls):
            await asyncio.sleep(0.01)
    print(f"5 clients that leave 1 GB unread: Envoy grew by {grown:.0f} MB")
    assert finished == 0
    assert grown < 60


async def test_a_websocket_without_message_0_ends_soon(stack: Stack) -> None:
    async with GrpcWebSocket(stack.edge, "Unary") as call:
        begin = time.monotonic()
        answer = await asyncio.wait_for(call.answer(), 15)
    assert (answer.close_code, answer.close_reason) == (1008, "no metadata in time")
    assert time.monotonic() - begin < 7


@pytest.mark.parametrize("origin", [None, "same", FOREIGN_ORIGIN])
async def test_an_allowed_origin_may_connect(port: int, message: Any, origin: str | None) -> None:
    async with GrpcWebSocket(port, "Unary", origin=f"http://127.0.0.1:{port}" if origin == "same" else origin) as call:
        await call.send(metadata(), data(message()), FINISH)
        assert (await call.answer()).status == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://127.0.0.1"])
async def test_a_foreign_origin_may_not(port: int, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await GrpcWebSocket(port, "Unary", origin=origin).__aenter__()
    assert refused.value.response.status_code == 403


async def test_services_alone_reach_the_user_directory(port: int) -> None:
    call = GrpcWebSocket(port, "/user.UserDirectory/BatchGetUsers")
    with pytest.raises(InvalidStatus) as refused:
        await call.__aenter__()
    assert refused.value.response.status_code == 404

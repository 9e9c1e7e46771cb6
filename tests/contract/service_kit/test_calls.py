"""What service_kit puts around methods, seen by a client of a real server."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from prometheus_client import CollectorRegistry

from notewire_proto import user_pb2, user_pb2_grpc
from service_kit.rpc.caller import Call
from service_kit.rpc.calls import Methods
from service_kit.rpc.limits import CallLimit, Streams
from service_kit.rpc.metrics import ServerMetrics
from user_svc.domain.user import UserNotFound

RawUnary = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
RawStream = grpc.aio.UnaryStreamMultiCallable[bytes, bytes]


class Directory:
    """Answers whatever the test wants."""

    def __init__(self) -> None:
        self.batch: Callable[[user_pb2.BatchGetUsersRequest], Awaitable[user_pb2.BatchGetUsersResponse]] = self.empty
        self.steps: asyncio.Queue[int] = asyncio.Queue()
        self.cancelled = asyncio.Event()
        self.padding = ""

    async def empty(self, _request: user_pb2.BatchGetUsersRequest) -> user_pb2.BatchGetUsersResponse:
        return user_pb2.BatchGetUsersResponse()

    async def BatchGetUsers(  # noqa: N802
        self, request: user_pb2.BatchGetUsersRequest, call: Call
    ) -> user_pb2.BatchGetUsersResponse:
        return await self.batch(request)

    async def WatchUsers(  # noqa: N802
        self, request: user_pb2.WatchUsersRequest, call: Call
    ) -> AsyncGenerator[user_pb2.WatchUsersResponse, None]:
        try:
            while True:
                step = await self.steps.get()
                if step < 0:
                    raise KeyError("secret")
                changes = [user_pb2.UserChange(user_id=self.padding)] if self.padding else []
                yield user_pb2.WatchUsersResponse(position=step, changes=changes)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


class Served:
    """A server with one servicer, and a client of it."""

    def __init__(self, channel: grpc.aio.Channel, directory: Directory, streams: Streams, calls: CallLimit) -> None:
        self.channel = channel
        self.stub = user_pb2_grpc.UserDirectoryStub(channel)
        self.directory = directory
        self.streams = streams
        self.calls = calls
        self.registry = CollectorRegistry()

    def handled(self, method: str, code: str, kind: str = "unary") -> float | None:
        labels = {
            "grpc_type": kind,
            "grpc_service": "user.UserDirectory",
            "grpc_method": method,
            "grpc_code": code,
        }
        return self.registry.get_sample_value("grpc_server_handled_total", labels)


@asynccontextmanager
async def serving(*, calls: int = 2, streams: int = 2, life: float = 60, send: float = 60) -> AsyncIterator[Served]:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        served = Served(channel, Directory(), Streams(streams, life, send), CallLimit(calls))
        methods = Methods(server, ServerMetrics(served.registry), served.calls, served.streams)
        methods.add(user_pb2.DESCRIPTOR.services_by_name["UserDirectory"], served.directory)
        await server.start()
        yield served
        await server.stop(None)


def status_of(error: grpc.aio.AioRpcError) -> Status:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            assert isinstance(value, bytes)
            return Status.FromString(value)
    raise AssertionError("no details")


async def fails(call: Awaitable[Any]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_answer_passes_through_and_is_counted() -> None:
    async with serving() as served:
        assert await served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest()) == user_pb2.BatchGetUsersResponse()
        assert served.handled("BatchGetUsers", "OK") == 1
        assert served.handled("BatchGetUsers", "NotFound") == 0
        assert served.calls.active == 0


async def test_a_service_error_becomes_its_status_with_details() -> None:
    async def missing(_request: user_pb2.BatchGetUsersRequest) -> user_pb2.BatchGetUsersResponse:
        raise UserNotFound

    async with serving() as served:
        served.directory.batch = missing
        error = await fails(served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest()))
        info = ErrorInfo()

        assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "user not found")
        assert status_of(error).details[0].Unpack(info)
        assert info.reason == "USER_NOT_FOUND"
        assert served.handled("BatchGetUsers", "NotFound") == 1


async def test_nothing_of_an_unforeseen_exception_reaches_the_client() -> None:
    async def broken(_request: user_pb2.BatchGetUsersRequest) -> user_pb2.BatchGetUsersResponse:
        raise KeyError("secret")

    async with serving() as served:
        served.directory.batch = broken
        error = await fails(served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest()))

        assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, "internal error")
        assert "secret" not in str(error.trailing_metadata())
        assert served.handled("BatchGetUsers", "Internal") == 1


async def test_undecodable_bytes_are_an_invalid_argument() -> None:
    async with serving() as served:
        unary: RawUnary = served.channel.unary_unary("/user.UserDirectory/BatchGetUsers")
        stream: RawStream = served.channel.unary_stream("/user.UserDirectory/WatchUsers")
        for data in (b"\xff\xff\xff", b"\x0a\x02\xc3\x28"):
            error = await fails(unary(data))
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert error.details() == "the request is not a valid message"
        assert (await fails(anext(aiter(stream(b"\xff\xff"))))).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_call_too_many_is_refused_at_once() -> None:
    release = asyncio.Event()

    async def slow(_request: user_pb2.BatchGetUsersRequest) -> user_pb2.BatchGetUsersResponse:
        await release.wait()
        return user_pb2.BatchGetUsersResponse()

    async with serving(calls=2) as served:
        served.directory.batch = slow
        running = [asyncio.ensure_future(served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest())) for _ in range(2)]
        await until(lambda: served.calls.active == 2)

        error = await fails(served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest()))
        retry = RetryInfo()
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert status_of(error).details[1].Unpack(retry)

        release.set()
        await asyncio.gather(*running)
        assert served.calls.active == 0


async def test_a_cancelled_call_gives_its_place_back() -> None:
    async def hanging(_request: user_pb2.BatchGetUsersRequest) -> user_pb2.BatchGetUsersResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with serving() as served:
        served.directory.batch = hanging
        error = await fails(served.stub.BatchGetUsers(user_pb2.BatchGetUsersRequest(), timeout=0.1))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: served.calls.active == 0)


async def test_a_stream_delivers_and_its_handler_hears_of_a_lost_client() -> None:
    async with serving() as served:
        call = served.stub.WatchUsers(user_pb2.WatchUsersRequest())
        served.directory.steps.put_nowait(1)
        assert (await anext(aiter(call))).position == 1
        assert served.streams.active == 1

        call.cancel()

        async with asyncio.timeout(5):
            await served.directory.cancelled.wait()
        await until(lambda: served.streams.active == 0)
        assert served.handled("WatchUsers", "Cancelled", "server_stream") == 1


async def test_a_stream_that_breaks_ends_with_an_internal_error() -> None:
    async with serving() as served:
        served.directory.steps.put_nowait(-1)
        error = await fails(anext(aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest()))))
        assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, "internal error")
        assert served.handled("WatchUsers", "Internal", "server_stream") == 1


async def test_a_stream_ends_itself_when_its_life_is_over() -> None:
    async with serving(life=0.2) as served:
        call = aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest()))
        served.directory.steps.put_nowait(1)
        assert (await anext(call)).position == 1

        error = await fails(anext(call))

        assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "stream life over: reconnect")
        assert served.directory.cancelled.is_set()


async def test_a_stream_that_never_pauses_ends_too() -> None:
    async with serving(life=0.3) as served:
        for step in range(100_000):
            served.directory.steps.put_nowait(step)
        call = aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest()))

        async def read_on() -> None:
            while True:
                await anext(call)

        assert (await fails(read_on())).code() is grpc.StatusCode.UNAVAILABLE


async def test_draining_ends_streams_and_refuses_new_ones() -> None:
    async with serving() as served:
        calls = [aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest())) for _ in range(2)]
        ends = [asyncio.ensure_future(fails(anext(call))) for call in calls]
        await until(lambda: served.streams.active == 2)

        served.streams.drain()

        for end in [*ends, fails(anext(aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest()))))]:
            error = await end
            assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "draining: reconnect")


@pytest.mark.parametrize(
    ("life", "send", "drains", "code"),
    [(0.5, 60, False, "Unavailable"), (60, 0.5, False, "ResourceExhausted"), (60, 60, True, "Unavailable")],
)
async def test_a_client_that_never_reads_keeps_its_stream_no_longer_than_others(
    life: float, send: float, drains: bool, code: str
) -> None:
    async with serving(life=life, send=send) as served:
        served.directory.padding = "x" * 1_000_000
        for step in range(50):
            served.directory.steps.put_nowait(step)
        call = served.stub.WatchUsers(user_pb2.WatchUsersRequest())
        await until(lambda: served.streams.active == 1)
        if drains:
            await asyncio.sleep(0.5)
            served.streams.drain()
        await until(lambda: served.streams.active == 0)
        assert not served.directory.steps.empty()
        assert served.handled("WatchUsers", code, "server_stream") == 1
        call.cancel()


async def test_a_stream_too_many_is_refused() -> None:
    async with serving(streams=1) as served:
        first = served.stub.WatchUsers(user_pb2.WatchUsersRequest())
        served.directory.steps.put_nowait(1)
        await anext(aiter(first))

        error = await fails(anext(aiter(served.stub.WatchUsers(user_pb2.WatchUsersRequest()))))

        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert served.handled("WatchUsers", "ResourceExhausted", "server_stream") == 1
        first.cancel()

"""The way out of note_svc's sidecar to several pods of user_svc: calls are spread, tried again elsewhere, kept away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any, cast

import dns.flags
import dns.message
import dns.rrset
import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from local import envoy
from notewire_proto import user_pb2, user_pb2_grpc
from tests.integration.bridge.stack import running_way_out
from tests.ports import free_port

NAME = "user-svc.test."
# As envoy/egress.yaml has it.
FAILURES_OF_AN_EJECTION = 5
EJECTION_SECONDS = 5
POD_ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]


class Pod:
    """A user directory at an address of its own, which counts the calls that it is given."""

    def __init__(self) -> None:
        self.calls = 0
        self.pause = 0.0
        self.fails = False
        self._connections: list[asyncio.StreamWriter] = []

    async def batch_get_users(
        self, _request: user_pb2.BatchGetUsersRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> user_pb2.BatchGetUsersResponse:
        self.calls += 1
        await asyncio.sleep(self.pause)
        if self.fails:
            await context.abort(StatusCode.UNAVAILABLE, "the database does not answer")
        return user_pb2.BatchGetUsersResponse(position=1)

    async def start(self, socket: Path, address: str, port: int) -> None:
        self._server = grpc.aio.server()
        method = grpc.unary_unary_rpc_method_handler(
            self.batch_get_users,
            user_pb2.BatchGetUsersRequest.FromString,
            user_pb2.BatchGetUsersResponse.SerializeToString,
        )
        handler = grpc.method_handlers_generic_handler("user.UserDirectory", {"BatchGetUsers": method})
        self._server.add_generic_rpc_handlers((handler,))
        healthy = health.aio.HealthServicer()
        await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(healthy, self._server)
        self._server.add_insecure_port(f"unix:{socket}")
        await self._server.start()
        self._socket = socket
        self._listener = await asyncio.start_server(self._pass_on, address, port)

    def vanish(self) -> None:
        """Is gone without a word, as when its process is killed."""
        self._listener.close()
        for connection in self._connections:
            connection.transport.abort()

    async def stop(self) -> None:
        self.vanish()
        await self._server.stop(None)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._socket)
        self._connections += [writer, inner_writer]
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class NameServer(asyncio.DatagramProtocol):
    """Answers each question with the addresses that there are now, as a headless Service does."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA
        answer.answer.append(dns.rrset.from_text(NAME, 1, "IN", "A", *self.addresses))
        self._transport.sendto(answer.to_wire(), addr)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def pods(short_path: Path, port: int) -> AsyncIterator[list[Pod]]:
    async with AsyncExitStack() as running:
        pods = [Pod() for _ in POD_ADDRESSES]
        for pod, address in zip(pods, POD_ADDRESSES, strict=True):
            await pod.start(short_path / address, address, port)
            running.push_async_callback(pod.stop)
        yield pods


@pytest.fixture
def addresses() -> list[str]:
    return POD_ADDRESSES


@pytest.fixture
async def names(addresses: list[str]) -> AsyncIterator[NameServer]:
    names = NameServer(addresses)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: names, ("127.0.0.1", 0))
    yield names
    transport.close()


@pytest.fixture
async def directory(
    short_path: Path, pods: list[Pod], names: NameServer, port: int
) -> AsyncIterator[user_pb2_grpc.UserDirectoryAsyncStub]:
    """What note_svc calls, once every pod with a name has answered."""
    # As the chart has it, but for the server that is asked.
    discovery = f"""{{name: envoy.cluster.dns, typed_config: {{
        "@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster,
        dns_lookup_family: V4_ONLY, dns_refresh_rate: 1s, respect_dns_ttl: false,
        typed_dns_resolver_config: {{name: envoy.network.dns_resolver.cares, typed_config: {{
            "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig,
            resolvers: [{envoy.socket_address("127.0.0.1", names.port)}]}}}}}}}}"""
    with ExitStack() as running:
        # Envoy is ready when it has been told the addresses, by this thread.
        way_out = running_way_out(short_path, envoy.socket_address(NAME, port), discovery)
        socket = await asyncio.to_thread(running.enter_context, way_out)
        async with grpc.aio.insecure_channel(f"unix:{socket}") as channel:
            directory = user_pb2_grpc.UserDirectoryStub(channel)
            async with asyncio.timeout(20):
                while not all(pod.calls for pod in pods[: len(names.addresses)]):
                    await ask(directory)
            for pod in pods:
                pod.calls = 0
            yield directory


async def ask(directory: user_pb2_grpc.UserDirectoryAsyncStub) -> None:
    answer = await directory.BatchGetUsers(user_pb2.BatchGetUsersRequest(ids=["a"]), timeout=5)
    assert answer.position == 1


async def ask_often(directory: user_pb2_grpc.UserDirectoryAsyncStub, times: int) -> None:
    for _ in range(times):
        await ask(directory)


async def test_calls_are_spread_over_all_pods(directory: user_pb2_grpc.UserDirectoryAsyncStub, pods: list[Pod]) -> None:
    await ask_often(directory, 90)
    assert [pod.calls for pod in pods] == [30, 30, 30]


async def test_a_pod_that_is_gone_costs_no_call(
    directory: user_pb2_grpc.UserDirectoryAsyncStub, pods: list[Pod]
) -> None:
    for pod in pods:
        pod.pause = 0.02
    callers = [asyncio.create_task(ask_often(directory, 20)) for _ in range(30)]
    await asyncio.sleep(0.2)
    assert pods[0].calls
    pods[0].vanish()
    await asyncio.gather(*callers)


async def test_a_pod_that_answers_unavailable_costs_no_call_and_is_kept_away(
    directory: user_pb2_grpc.UserDirectoryAsyncStub, pods: list[Pod]
) -> None:
    pods[1].fails = True
    began = monotonic()
    await ask_often(directory, 120)
    given = pods[1].calls
    ejections = 1 + (monotonic() - began) // EJECTION_SECONDS
    assert FAILURES_OF_AN_EJECTION <= given <= ejections * FAILURES_OF_AN_EJECTION

    pods[1].fails = False
    async with asyncio.timeout(30):
        while pods[1].calls == given:
            await ask(directory)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("addresses", [POD_ADDRESSES[:2]])
async def test_a_pod_that_comes_is_found(
    directory: user_pb2_grpc.UserDirectoryAsyncStub, pods: list[Pod], names: NameServer
) -> None:
    await ask_often(directory, 20)
    assert [pod.calls for pod in pods] == [10, 10, 0]
    names.addresses = POD_ADDRESSES
    async with asyncio.timeout(30):
        while not pods[2].calls:
            await ask(directory)
            await asyncio.sleep(0.05)


async def test_when_all_pods_fail_they_are_not_flooded_with_second_tries(
    directory: user_pb2_grpc.UserDirectoryAsyncStub, pods: list[Pod]
) -> None:
    for pod in pods:
        pod.fails = True
        pod.pause = 0.3
    calls = 200
    failed = await asyncio.gather(*(ask(directory) for _ in range(calls)), return_exceptions=True)
    assert {error.code() for error in failed if isinstance(error, grpc.aio.AioRpcError)} == {StatusCode.UNAVAILABLE}
    assert len(failed) == calls
    tries = sum(pod.calls for pod in pods)
    print(f"{tries} tries of {calls} calls that fail")
    assert calls <= tries < 1.5 * calls

"""user_svc as a process: start, refusal to start, probes, drain, stop."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import grpc
import pytest
from aiohttp import web
from grpc import StatusCode
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from notewire_proto import user_pb2, user_pb2_grpc
from tests.failures import failure
from tests.ports import free_port
from tests.processes import ServiceProcess, running

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING
NOBODY = "019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a5"


class Running:
    """A started user_svc and its client."""

    def __init__(self, process: ServiceProcess, channel: grpc.aio.Channel, metrics_port: int) -> None:
        self.process = process
        self.channel = channel
        self.users = user_pb2_grpc.UserServiceStub(channel)
        self.directory = user_pb2_grpc.UserDirectoryStub(channel)
        self.metrics_port = metrics_port

    async def health(self, service: str = "") -> int:
        check: grpc.aio.UnaryUnaryMultiCallable[HealthCheckRequest, HealthCheckResponse] = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
        )
        return int((await check(HealthCheckRequest(service=service))).status)

    def watch_health(self) -> AsyncIterator[HealthCheckResponse]:
        watch: grpc.aio.UnaryStreamMultiCallable[HealthCheckRequest, HealthCheckResponse] = self.channel.unary_stream(
            "/grpc.health.v1.Health/Watch", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
        )
        return aiter(watch(HealthCheckRequest()))

    async def reflected_services(self) -> set[str]:
        ask: grpc.aio.StreamStreamMultiCallable[ServerReflectionRequest, ServerReflectionResponse]
        ask = self.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            ServerReflectionRequest.SerializeToString,
            ServerReflectionResponse.FromString,
        )
        answer = await anext(aiter(ask(iter([ServerReflectionRequest(list_services="")]))))
        return {entry.name for entry in answer.list_services_response.service}

    async def http(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.metrics_port}{path}") as response,
        ):
            return response.status, await response.text()


@asynccontextmanager
async def user_svc(database_url: str, **settings: object) -> AsyncIterator[Running]:
    ports = {"PORT": free_port(), "METRICS_PORT": free_port()}
    async with running("user_svc", settings={"DATABASE_URL": database_url, **ports, **settings}) as process:
        await process.event("serving")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{ports['PORT']}") as channel:
            yield Running(process, channel, ports["METRICS_PORT"])


@asynccontextmanager
async def admin(place: Path | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """Stands for Envoy's admin: gives its address, and the requests it gets."""
    requests: list[str] = []

    async def note(request: web.Request) -> web.Response:
        requests.append(f"{request.method} {request.path_qs}")
        return web.Response(text="OK\n")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", note)
    runner = web.AppRunner(app)
    await runner.setup()
    if place is not None:
        await web.UnixSite(runner, place).start()
        yield f"unix:{place}", requests
    else:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", requests
    await runner.cleanup()


async def test_the_process_serves_calls_probes_health_and_reflection(database_url: str) -> None:
    async with user_svc(database_url) as service:
        assert (await failure(service.users.GetUser(user_pb2.GetUserRequest(id=NOBODY)))).code is StatusCode.NOT_FOUND
        assert await service.http("/livez") == (200, "live\n")
        assert await service.http("/readyz") == (200, "ready\n")
        for name in ("", "user.UserService", "user.UserDirectory"):
            assert await service.health(name) == SERVING
        assert (await failure(service.health("user.Nothing"))).code is StatusCode.NOT_FOUND
        assert {"user.UserService", "user.UserDirectory", "grpc.health.v1.Health"} <= await service.reflected_services()


async def test_metrics_have_the_names_of_go_grpc_prometheus(database_url: str) -> None:
    async with user_svc(database_url) as service:
        await failure(service.users.GetUser(user_pb2.GetUserRequest(id=NOBODY)))
        await service.users.ListUsers(user_pb2.ListUsersRequest())
        _, text = await service.http("/metrics")

    method = 'grpc_method="GetUser",grpc_service="user.UserService",grpc_type="unary"'
    for line in (
        f"grpc_server_started_total{{{method}}} 1.0",
        'grpc_server_handled_total{grpc_code="NotFound",' + method + "} 1.0",
        'grpc_server_handled_total{grpc_code="OK",' + method.replace("GetUser", "ListUsers") + "} 1.0",
        f"grpc_server_handling_seconds_count{{{method}}} 1.0",
        "database_up 1.0",
        "database_pool_size 10.0",
        "user_feed_listening 1.0",
        "grpc_server_streams_active 0.0",
    ):
        assert f"\n{line}\n" in text, line
    assert "process_resident_memory_bytes" in text


async def test_logs_are_json_and_hold_no_secret(database_url: str) -> None:
    url = database_url.replace("postgres@", "postgres:hunter2@")
    assert "hunter2" in url
    async with user_svc(url) as service:
        started = await service.process.event("starting")
        serving = await service.process.event("serving")
        service.process.terminate()
        assert await service.process.ended() == (0, "")

    assert started["DATABASE_URL"] == "**********"
    assert serving["level"] == "info"
    assert "hunter2" not in "".join(service.process.lines)


async def test_sigterm_drains_before_it_stops(database_url: str) -> None:
    async with (
        admin() as (address, requests),
        user_svc(database_url, SIDECAR_ADMIN=address, DRAIN_SECONDS=2, GRACE_SECONDS=5) as service,
    ):
        watching = aiter(service.directory.WatchUsers(user_pb2.WatchUsersRequest()))
        await anext(watching)
        service.process.terminate()
        await service.process.event("sidecar drains")

        assert requests == ["POST /drain_listeners?graceful&skip_exit"]
        assert [await service.health(name) for name in ("", "user.UserService")] == [NOT_SERVING, NOT_SERVING]
        assert (await service.http("/readyz"))[0] == 503
        assert (await service.http("/livez"))[0] == 200
        await service.users.ListUsers(user_pb2.ListUsersRequest())

        async def follow() -> None:
            while True:
                await anext(watching)

        ending = await failure(follow())
        assert (ending.code, ending.message) == (StatusCode.UNAVAILABLE, "draining: reconnect")
        assert await service.process.ended() == (0, "")


async def test_a_sidecar_behind_a_unix_socket_is_told_too(database_url: str, tmp_path: Path) -> None:
    async with (
        admin(tmp_path / "admin") as (address, requests),
        user_svc(database_url, SIDECAR_ADMIN=address) as service,
    ):
        service.process.terminate()
        assert await service.process.ended() == (0, "")
    assert requests == ["POST /drain_listeners?graceful&skip_exit"]


async def test_a_sidecar_that_is_gone_keeps_no_process_from_ending(database_url: str) -> None:
    async with user_svc(database_url, SIDECAR_ADMIN=f"http://127.0.0.1:{free_port()}") as service:
        service.process.terminate()
        assert (await service.process.ended())[0] == 0


async def test_a_call_in_flight_finishes_after_sigterm(database_url: str) -> None:
    async with user_svc(database_url) as service:
        await service.users.CreateUser(user_pb2.CreateUserRequest(username="alice", email="alice@example.com"))
        blocker = await asyncpg.connect(database_url)
        block = blocker.transaction()
        await block.start()
        await blocker.execute("LOCK TABLE users")
        call = asyncio.ensure_future(service.users.ListUsers(user_pb2.ListUsersRequest()))
        while not await blocker.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)

        service.process.terminate()
        await service.process.event("draining")
        await block.rollback()

        assert (await call).total == 1
        assert (await service.process.ended())[0] == 0
        await blocker.close()


async def test_idle_health_watchers_do_not_hold_up_the_end(database_url: str) -> None:
    async with user_svc(database_url, GRACE_SECONDS=20) as service:
        watch = service.watch_health()
        assert (await anext(watch)).status == SERVING
        began = time.monotonic()
        service.process.terminate()
        assert (await anext(watch)).status == NOT_SERVING
        assert (await service.process.ended())[0] == 0
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("variable", ["PORT", "METRICS_PORT"])
async def test_a_taken_port_is_refused_with_one_line(database_url: str, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = {"DATABASE_URL": database_url, "PORT": free_port(), "METRICS_PORT": free_port(), variable: port}
        async with running("user_svc", settings=settings) as process:
            status, errors = await process.ended()

    assert status == 1
    assert errors == f"user_svc: cannot listen on 127.0.0.1:{port} ({variable}): Address already in use\n"


async def test_wrong_settings_are_all_named() -> None:
    settings = {"DATABASE_URL": "mysql://root:hunter2@db", "PORT": "99999", "LOG_LEVEL": "loud"}
    async with running("user_svc", settings=settings) as process:
        status, errors = await process.ended()

    assert status == 2
    assert [line.split(":")[0].strip() for line in errors.splitlines()] == [
        "user_svc",
        "PORT",
        "DATABASE_URL",
        "LOG_LEVEL",
    ]
    assert "hunter2" not in errors


async def test_help_lists_the_settings() -> None:
    async with running("user_svc", "--help", settings={}) as process:
        assert await process.ended() == (0, "")
    text = "".join(process.lines)
    assert "DATABASE_URL" in text
    assert "STREAM_LIFE_SECONDS" in text


async def test_a_service_that_does_not_migrate_waits_for_who_does(database_url: str) -> None:
    ports = {"PORT": free_port(), "METRICS_PORT": free_port()}
    settings = {"DATABASE_URL": database_url, "MIGRATE": "off", **ports}
    async with running("user_svc", settings=settings) as process:
        await process.event("waiting")
        async with running("user_svc", "migrate", settings={"DATABASE_URL": database_url}) as migration:
            assert await migration.ended() == (0, "")
        await process.event("serving")

"""The life of a gRPC server: start, serve, drain, stop."""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_health.v1.health_pb2 import DESCRIPTOR as HEALTH
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from prometheus_client import CollectorRegistry

from service_kit.process.metrics import register_gauge
from service_kit.process.ports import address, require_free
from service_kit.process.probes import Probes
from service_kit.process.settings import ServiceSettings
from service_kit.process.supervisor import Supervisor, Work
from service_kit.rpc.calls import GenericOnly, Methods
from service_kit.rpc.limits import CallLimit, Streams
from service_kit.rpc.metrics import ServerMetrics
from service_kit.rpc.sidecar import drain_sidecar

# stop() must have begun before streams end, so that none of them reconnects here.
_STREAMS_END_AFTER_SECONDS = 0.1
_POLL_SECONDS = 0.02
_FLUSH_SECONDS = 0.2
_MAX_PENDING_CALLS = 10_000


_log = structlog.get_logger(__name__)


class Server:
    """A gRPC server with health, reflection and probes, that drains before it stops."""

    def __init__(
        self,
        settings: ServiceSettings,
        registry: CollectorRegistry,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
    ) -> None:
        self._settings = settings
        self._server = grpc.aio.server(interceptors=interceptors, options=_options(settings))
        self._calls = CallLimit(settings.max_concurrent_calls)
        self._streams = Streams(settings.max_concurrent_streams, settings.stream_life_seconds)
        self._methods = Methods(self._server, ServerMetrics(registry), self._calls, self._streams)
        self._health = health_aio.HealthServicer()
        self._probes = Probes(registry, settings.metrics_bind or settings.bind, settings.metrics_port)
        self._supervisor = Supervisor(registry)
        self._services: list[str] = []
        register_gauge(registry, "grpc_server_calls_active", "Unary calls at work.", lambda: self._calls.active)
        register_gauge(registry, "grpc_server_streams_active", "Open streams.", lambda: self._streams.active)

    def add(self, service: ServiceDescriptor, implementation: object) -> None:
        """Registers a service of the contract. Raises ValueError when it does not say who may call each method."""
        self._methods.add(service, implementation)
        self._services.append(service.full_name)

    async def run(self, prepare: Work, background: Mapping[str, Work]) -> None:
        """Serves until SIGTERM or SIGINT.

        `prepare` runs first, while the process is live and not ready. `background` works, by name, are kept
        running while it serves. Raises StartError when a port cannot be had.
        """
        port = self._listen()
        metrics_port = await self._probes.start()
        works: list[asyncio.Future[None]] = []
        try:
            with _termination() as terminated:
                preparing = asyncio.ensure_future(prepare())
                works.append(preparing)
                await _wait_for_first(terminated, works)
                if preparing.done():
                    works = [
                        asyncio.ensure_future(self._supervisor.keep(name, work)) for name, work in background.items()
                    ]
                    await self._start(port, metrics_port)
                    await _wait_for_first(terminated, works)
                    await self._drain()
        finally:
            await _cancel(works)
            await self._server.stop(None)
            await self._probes.stop()
            _log.info("stopped")

    def _listen(self) -> int:
        require_free(self._settings.bind, self._settings.port, "PORT")
        return self._server.add_insecure_port(address(self._settings.bind, self._settings.port))

    async def _start(self, port: int, metrics_port: int) -> None:
        server: Any = GenericOnly(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        health_name = HEALTH.services_by_name["Health"].full_name
        names = [*self._services, health_name, reflection.SERVICE_NAME]
        add_reflection: Any = reflection_pb2_grpc.add_ServerReflectionServicer_to_server
        add_reflection(reflection.aio.ReflectionServicer(names), server)
        for service in self._services:
            await self._health.set(service, HealthCheckResponse.SERVING)
        await self._server.start()
        self._probes.ready = True
        _log.info("serving", bind=self._settings.bind, port=port, metrics_port=metrics_port, services=self._services)

    async def _drain(self) -> None:
        settings = self._settings
        _log.info("draining", seconds=settings.drain_seconds, grace_seconds=settings.grace_seconds)
        self._probes.ready = False
        await self._health.enter_graceful_shutdown()
        if settings.sidecar_admin:
            await drain_sidecar(settings.sidecar_admin)
        await asyncio.sleep(settings.drain_seconds)
        stopping = asyncio.create_task(self._server.stop(settings.grace_seconds))
        await asyncio.sleep(_STREAMS_END_AFTER_SECONDS)
        self._streams.drain()
        while not stopping.done() and (self._calls.active or self._streams.active):
            await asyncio.wait([stopping], timeout=_POLL_SECONDS)
        # What may remain are health and reflection streams, which end only when they are cut.
        await self._server.stop(_FLUSH_SECONDS)
        await stopping


async def _wait_for_first(terminated: asyncio.Event, works: list[asyncio.Future[None]]) -> None:
    """Returns at termination or when a work ends; raises what a work raised."""
    termination: asyncio.Future[Any] = asyncio.ensure_future(terminated.wait())
    try:
        await asyncio.wait([termination, *works], return_when=asyncio.FIRST_COMPLETED)
    finally:
        termination.cancel()
    for work in works:
        if work.done():
            work.result()


async def _cancel(works: list[asyncio.Future[None]]) -> None:
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)


@contextmanager
def _termination() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    loop = asyncio.get_running_loop()
    terminated = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, terminated.set)
    try:
        yield terminated
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _options(settings: ServiceSettings) -> list[tuple[str, int]]:
    return [
        # Without this a second server would bind the same port and take half of the calls.
        ("grpc.so_reuseport", 0),
        # Calls that came faster than they are accepted; beyond, gRPC cancels them, by chance at first, and no client
        # tries such a call again. Accepted, a call too many is told RESOURCE_EXHAUSTED and when to come back.
        ("grpc.server.max_pending_requests", _MAX_PENDING_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", _MAX_PENDING_CALLS),
        ("grpc.max_receive_message_length", settings.max_request_bytes),
        ("grpc.max_send_message_length", -1),
        # Finds streams whose client is gone without a word, and allows clients to do the same.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]

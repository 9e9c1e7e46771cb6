"""Background works of a process: each runs for as long as the process, whatever happens to it."""

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Never

import grpc
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from tenacity import AsyncRetrying, wait_random_exponential

from service_kit.errors import ServiceError

Work = Callable[[], Coroutine[Any, Any, None]]

_PAUSE = wait_random_exponential(multiplier=0.1, max=1.0)
# Whoever has run for so long begins again with the first pause.
_WELL_SECONDS = 10.0
# What other processes and networks do to a work; anything else is a fault of ours, and is logged with its stack.
_EXPECTED = (ServiceError, grpc.RpcError, OSError, EOFError)

_log = structlog.get_logger(__name__)


class WorkEnded(Exception):
    """A work returned, which none should."""


class Supervisor:
    """Starts a work again whenever it ends, after a pause of up to 0.1 s that doubles up to 1 s."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._restarts = Counter(
            "background_restarts", "Background works that ended and were started again.", ["work"], registry=registry
        )
        self._running = Gauge("background_running", "1 while a background work runs.", ["work"], registry=registry)

    async def keep(self, name: str, work: Work) -> Never:
        """Runs a work until it is cancelled."""
        self._restarts.labels(name)
        while True:
            async for attempt in AsyncRetrying(wait=_PAUSE):
                with attempt:
                    await self._run(name, work)

    async def _run(self, name: str, work: Work) -> None:
        """Raises when the work ended soon after it began, returns when it had run well until then."""
        began = monotonic()
        error: Exception
        try:
            with self._running.labels(name).track_inprogress():
                await work()
            error = WorkEnded()
        except Exception as raised:
            error = raised
        self._restarts.labels(name).inc()
        if isinstance(error, _EXPECTED):
            _log.warning("background work starts again", work=name, error=_told(error))
        else:
            _log.error("background work starts again", work=name, exc_info=error)
        if monotonic() - began < _WELL_SECONDS:
            raise error


def _told(error: Exception) -> str:
    return f"{error.code().name} {error.details()}" if isinstance(error, grpc.aio.AioRpcError) else repr(error)

"""The HTTP listener for people and machines that watch: /metrics, /livez, /readyz."""

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from service_kit.process.ports import require_free


class Probes:
    """Serves the probes of a process.

    Live means that the event loop turns. Ready means started and migrated, and not draining; a lost database does
    not make a pod unready, since every replica would go at once and none could answer UNAVAILABLE.
    """

    def __init__(self, registry: CollectorRegistry, bind: str, port: int) -> None:
        self.ready = False
        self._registry = registry
        self._bind = bind
        self._port = port
        app = web.Application()
        app.add_routes(
            [web.get("/metrics", self._metrics), web.get("/livez", self._live), web.get("/readyz", self._ready)]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> int:
        """Listens, and gives the port. Raises StartError when the port is taken."""
        require_free(self._bind, self._port, "METRICS_PORT")
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._bind, self._port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Closes the listener."""
        await self._runner.cleanup()

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _live(self, _request: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.Response(text="ready\n") if self.ready else web.Response(status=503, text="not ready\n")

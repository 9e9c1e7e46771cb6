"""The Envoy beside this process, through its admin interface."""

import aiohttp
import structlog

_DRAIN = "/drain_listeners?graceful&skip_exit"
_TIMEOUT_SECONDS = 2.0

_log = structlog.get_logger(__name__)


async def drain_sidecar(admin: str) -> None:
    """Tells Envoy to send its clients elsewhere (GOAWAY, connection: close) while it keeps serving.

    `admin` is http://host:port or unix:/path. A failure is logged: the process ends all the same.
    """
    connector = aiohttp.UnixConnector(admin.removeprefix("unix:")) if admin.startswith("unix:") else None
    base = "http://envoy" if connector else admin.rstrip("/")
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, raise_for_status=True) as session,
            session.post(base + _DRAIN),
        ):
            _log.info("sidecar drains")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        _log.warning("sidecar not told to drain", error=type(error).__name__, detail=str(error))

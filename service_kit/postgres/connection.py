"""How connections to PostgreSQL are opened, with bounds that the server keeps too."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg

# The server gives up so long before its caller does, and so says why; a caller that has given up hears nothing.
SERVER_FIRST_SECONDS = 0.05
# To open or close a connection whose statements have all the time they need.
_GREETING_SECONDS = 5.0
# Of a statement's time, for one lock. Where others wait too a row takes two waits, for one's turn and for the row, and
# both fit in, so that whoever waited for nothing else hears that it was a lock.
_LOCK_SHARE = 0.4

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect = Callable[[], Awaitable[Connection]]


def connect_with(url: str, application: str, timeout: float | None) -> Connect:
    """How connections are opened: `application` shows in pg_stat_activity, `timeout` in seconds bounds statements.

    The server keeps the bound too, and first: a statement that nobody waits for any more would stay there for as long
    as a lock does, with its connection, while the pool opens others.
    """
    # One plan for all arguments, which is the one that the tests look at; else many are planned again for each call.
    settings = {"application_name": application, "plan_cache_mode": "force_generic_plan"}
    if timeout is not None:
        settings["statement_timeout"] = _milliseconds(timeout - SERVER_FIRST_SECONDS)
        settings["lock_timeout"] = _milliseconds(timeout * _LOCK_SHARE)

    async def connect() -> Connection:
        return await asyncpg.connect(
            url,
            timeout=_GREETING_SECONDS if timeout is None else timeout,
            command_timeout=timeout,
            max_cached_statement_lifetime=0,
            server_settings=settings,
        )

    return connect


def _milliseconds(seconds: float) -> str:
    return f"{max(seconds, 0.01) * 1000:.0f}ms"

"""The PostgreSQL of a service: a pool of connections, and errors that never leave a caller waiting.

The pool is our own because asyncpg's takes as long as the query itself: it resets a connection with a round trip and
starts a task at each release. Statements here change no session state, so nothing has to be reset.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple, Never, TypeVar

import asyncpg
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, wait_fixed

from service_kit.errors import ServiceError, Unavailable
from service_kit.postgres.connection import SERVER_FIRST_SECONDS, Connect, Connection, connect_with
from service_kit.postgres.errors import TOO_LATE, UNREACHABLE, DatabaseLocked, DatabaseTimeout, DatabaseUnavailable

# What the first calls after a start use at once; opening a connection takes several round trips and a new process.
_WARM_CONNECTIONS = 3
_RETRY_SECONDS = 0.5
# The part of its time for which a statement goes on whose caller has left: most end by then, and others wait for the
# connection.
_FORSAKEN_SHARE = 0.25

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class _Pooled(NamedTuple):
    """A connection, and the server's clock when `monotonic` of this process was 0, to a round trip's exactness."""

    connection: Connection
    zero: datetime

    def at(self, moment: float) -> datetime:
        """The server's clock at a moment of this process's `monotonic`."""
        return self.zero + timedelta(seconds=moment)


class Database:
    """A pool of at most `size` connections, opened as they are needed, the last used first.

    `budget` is all the time in seconds that one unit of work may take. Every method ends within it: it raises
    DatabaseUnavailable when the server answers nobody, DatabaseTimeout when this statement alone takes too long or no
    connection comes free, DatabaseLocked when it waits for a lock that somebody holds (all gRPC UNAVAILABLE with
    RetryInfo). Other errors of PostgreSQL, such as a unique violation, pass as asyncpg's.
    """

    def __init__(self, connect: Connect, size: int, budget: float) -> None:
        self._connect = connect
        self._size = size
        self._budget = budget
        self._idle: list[_Pooled] = []
        self._waiters: deque[asyncio.Future[_Pooled | None]] = deque()
        self._open = 0
        self._reachable = False
        self._answered_at = float("-inf")
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def size(self) -> int:
        """The most connections there may be."""
        return self._size

    @property
    def in_use(self) -> int:
        """Connections that work on something or are being opened."""
        return self._open - len(self._idle)

    @property
    def idle(self) -> int:
        """Connections that wait for work."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Calls that wait for a connection."""
        return len(self._waiters)

    @property
    def reachable(self) -> bool:
        """Whether the last thing asked of the database was answered."""
        return self._reachable

    async def warm(self) -> None:
        """Returns when some connections are open, so that first calls need not wait for them.

        A database that does not answer is asked again until it does.
        """
        taken: list[_Pooled] = []
        try:
            while len(taken) < min(_WARM_CONNECTIONS, self._size):
                async for attempt in AsyncRetrying(
                    wait=wait_fixed(_RETRY_SECONDS), retry=retry_if_exception_type(Unavailable)
                ):
                    with attempt:
                        taken.append(await self._take(monotonic() + self._budget))
        finally:
            for pooled in taken:
                self._give(pooled)

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        """The first row, or None. A statement that has begun may go on when its caller is cancelled."""
        rows = await self.fetch(query, *args)
        return rows[0] if rows else None

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """All rows. A statement that has begun may go on when its caller is cancelled."""
        asked = monotonic()
        pooled = await self._take(asked + self._budget)
        return await self._see_through(pooled, pooled.connection.fetch(query, *args, timeout=self._left(asked)), asked)

    async def write(self, query: str, *args: object) -> list[asyncpg.Record]:
        """All rows of a statement that writes; its last parameter, a timestamptz, is added here: its deadline.

        The statement asks the schema's function `in_time` of it before it changes a row. So a server that stood still
        changes nothing once the caller was told that the write failed; only one that stands still between that
        question and the commit still does. Server and caller go by the server's clock, which is asked when a
        connection opens.
        """
        asked = monotonic()
        pooled = await self._take(asked + self._budget)
        deadline = pooled.at(asked + self._budget - SERVER_FIRST_SECONDS)
        statement = pooled.connection.fetch(query, *args, deadline, timeout=self._left(asked))
        return await self._see_through(pooled, statement, asked)

    async def write_row(self, query: str, *args: object) -> asyncpg.Record | None:
        """The first row of a statement that writes, or None; as `write`."""
        rows = await self.write(query, *args)
        return rows[0] if rows else None

    async def connect_apart(self) -> Connection:
        """A connection outside the pool, for LISTEN; the caller closes it."""
        try:
            return await self._connect()
        except UNREACHABLE as error:
            raise self._lost(error) from error

    async def close(self) -> None:
        """Closes what is idle; what is in use closes when it is given back."""
        self._size = 0
        while self._idle:
            pooled = self._idle.pop()
            self._open -= 1
            with contextlib.suppress(*UNREACHABLE, asyncpg.InterfaceError):
                await pooled.connection.close(timeout=self._budget)

    def _left(self, asked: float) -> float:
        return max(asked + self._budget - monotonic(), 0.01)

    async def _take(self, deadline: float) -> _Pooled:
        while self._idle:
            pooled = self._idle.pop()
            if not pooled.connection.is_closed():
                return pooled
            self._open -= 1
        asked = monotonic()
        try:
            async with asyncio.timeout(deadline - asked):
                return await self._wait_or_open()
        except UNREACHABLE as error:
            raise self._given_up(error, asked) from error

    async def _wait_or_open(self) -> _Pooled:
        while self._open >= self._size:
            waiter: asyncio.Future[_Pooled | None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                pooled = await waiter
            except asyncio.CancelledError:
                if not waiter.cancelled():
                    self._pass_on(waiter.result())
                elif waiter in self._waiters:
                    self._waiters.remove(waiter)
                raise
            if pooled is not None:
                return pooled
        self._open += 1
        try:
            return await self._opened()
        except BaseException:
            self._open -= 1
            self._pass_on(None)
            raise

    async def _opened(self) -> _Pooled:
        connection = await self._connect()
        try:
            asked = monotonic()
            now = await connection.fetchval("SELECT clock_timestamp()")
            answered = monotonic()
        except BaseException:
            connection.terminate()
            raise
        self._answered()
        return _Pooled(connection, now - timedelta(seconds=(asked + answered) / 2))

    async def _see_through(self, pooled: _Pooled, statement: Awaitable[T], asked: float) -> T:
        """The result of a statement. It outlives its caller for a while: to break it off would cost the connection."""
        task = asyncio.ensure_future(self._run(pooled, statement, asked))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(self._budget * _FORSAKEN_SHARE, task.cancel)
            raise

    async def _run(self, pooled: _Pooled, statement: Awaitable[T], asked: float) -> T:
        try:
            result = await statement
            self._answered()
            return result
        except BaseException as error:
            self._raise(pooled.connection, error, asked)
        finally:
            self._give(pooled)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A caller who has left does not ask for it.
            task.exception()

    def _give(self, pooled: _Pooled) -> None:
        if self._size == 0 and not pooled.connection.is_closed():
            pooled.connection.terminate()
        if pooled.connection.is_closed():
            self._open -= 1
            self._pass_on(None)
        else:
            self._pass_on(pooled)

    def _pass_on(self, pooled: _Pooled | None) -> None:
        """Hands a connection, or the room for a new one, to who waits longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(pooled)
                return
        if pooled is not None:
            self._idle.append(pooled)

    def _raise(self, connection: Connection, error: BaseException, asked: float) -> Never:
        if isinstance(error, asyncpg.QueryCanceledError):
            self._answered()
            raise DatabaseTimeout from error
        if isinstance(error, asyncpg.LockNotAvailableError):
            self._answered()
            raise DatabaseLocked from error
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == TOO_LATE:
            # The clocks may have moved against each other, so the next connection asks anew.
            connection.terminate()
            self._answered()
            raise DatabaseTimeout from error
        if isinstance(error, asyncio.CancelledError | TimeoutError):
            # The answer is still to come, and waiting for it may take for ever.
            connection.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise error
        if isinstance(error, TimeoutError):
            raise self._given_up(error, asked) from error
        if isinstance(error, UNREACHABLE) or connection.is_closed():
            raise self._lost(error) from error
        raise error

    def _answered(self) -> None:
        self._answered_at = monotonic()
        self._reachable = True

    def _given_up(self, cause: BaseException, asked: float) -> ServiceError:
        """The database is lost unless it has answered anybody since this was asked of it."""
        if isinstance(cause, TimeoutError) and self._answered_at > asked:
            return DatabaseTimeout()
        return self._lost(cause)

    def _lost(self, cause: BaseException) -> DatabaseUnavailable:
        self._reachable = False
        _log.warning("database unavailable", error=type(cause).__name__, detail=str(cause))
        return DatabaseUnavailable()


def database_at(url: str, application: str, *, size: int, budget: float) -> Database:
    """The pool of a server whose statements and connections keep to the pool's budget."""
    return Database(connect_with(url, application, budget), size, budget)

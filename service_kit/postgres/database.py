"""The PostgreSQL of a service: a pool of connections, and errors that never leave a caller waiting.

The pool is our own because asyncpg's takes as long as the query itself: it resets a connection with a round trip and
starts a task at each release. Statements here change no session state, so nothing has to be reset.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any, Never, TypeAlias, TypeVar

import asyncpg
import structlog

from service_kit.errors import ServiceError, Unavailable

_SERVER_FIRST_SECONDS = 0.05
# What the first calls after a start use at once; opening a connection takes several round trips and a new process.
_WARM_CONNECTIONS = 3
_RETRY_SECONDS = 0.5
# To open or close a connection whose statements have all the time they need.
_GREETING_SECONDS = 5.0
# The part of its time for which a statement goes on whose caller has left: most end by then, and others wait for the
# connection.
_FORSAKEN_SHARE = 0.25

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect = Callable[[], Awaitable[Connection]]

# What means "the database does not answer", as opposed to "it refused this statement".
UNREACHABLE: tuple[type[BaseException], ...] = (
    OSError,  # TimeoutError and ConnectionError are among these
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # asked of a connection that the server has left and that is not closed yet
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
)

_log = structlog.get_logger(__name__)


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or no connection to it came free."""

    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the database does not answer")


def connect_with(url: str, application: str, timeout: float | None) -> Connect:
    """How connections are opened: `application` shows in pg_stat_activity, `timeout` in seconds bounds statements.

    The server keeps the bound too, and first: a statement that nobody waits for any more would stay there for as long
    as a lock does, with its connection, while the pool opens others.
    """
    # One plan for all arguments, which is the one that the tests look at; else many are planned again for each call.
    settings = {"application_name": application, "plan_cache_mode": "force_generic_plan"}
    if timeout is not None:
        settings["statement_timeout"] = f"{max(timeout - _SERVER_FIRST_SECONDS, 0.01) * 1000:.0f}ms"

    async def connect() -> Connection:
        return await asyncpg.connect(
            url,
            timeout=_GREETING_SECONDS if timeout is None else timeout,
            command_timeout=timeout,
            max_cached_statement_lifetime=0,
            server_settings=settings,
        )

    return connect


class Database:
    """A pool of at most `size` connections, opened as they are needed, the last used first.

    `budget` is all the time in seconds that one unit of work may take. Every method raises Unavailable (gRPC
    UNAVAILABLE with RetryInfo) within it when the database does not answer or no connection comes free; other errors
    of PostgreSQL, such as a unique violation, pass as asyncpg's.
    """

    def __init__(self, connect: Connect, size: int, budget: float) -> None:
        self._connect = connect
        self._size = size
        self._budget = budget
        self._idle: list[Connection] = []
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._open = 0
        self._reachable = False
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
        taken: list[Connection] = []
        try:
            while len(taken) < min(_WARM_CONNECTIONS, self._size):
                try:
                    connection, _ = await self._take()
                    taken.append(connection)
                except Unavailable:
                    await asyncio.sleep(_RETRY_SECONDS)
            self._reachable = True
        finally:
            for connection in taken:
                self._give(connection)

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        """The first row, or None. A statement that has begun may go on when its caller is cancelled."""
        connection, timeout = await self._take()
        return await self._see_through(connection, connection.fetchrow(query, *args, timeout=timeout))

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """All rows. A statement that has begun may go on when its caller is cancelled."""
        connection, timeout = await self._take()
        return await self._see_through(connection, connection.fetch(query, *args, timeout=timeout))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a READ COMMITTED transaction: committed at the end, rolled back by an exception."""
        connection: Connection | None = None
        try:
            async with asyncio.timeout(self._budget):
                connection, _ = await self._take()
                async with connection.transaction():
                    yield connection
                self._reachable = True
        except BaseException as error:
            self._raise(connection, error)
        finally:
            if connection is not None:
                self._give(connection)

    async def connect_apart(self) -> Connection:
        """A connection outside the pool, for LISTEN; the caller closes it."""
        try:
            return await self._connect()
        except UNREACHABLE as error:
            raise self._unavailable(error) from error

    async def close(self) -> None:
        """Closes what is idle; what is in use closes when it is given back."""
        self._size = 0
        while self._idle:
            connection = self._idle.pop()
            self._open -= 1
            with contextlib.suppress(*UNREACHABLE, asyncpg.InterfaceError):
                await connection.close(timeout=self._budget)

    async def _take(self) -> tuple[Connection, float | None]:
        """A connection, and how long its statement may take: None means the connection's own default."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection, None
            self._open -= 1
        asked = monotonic()
        try:
            async with asyncio.timeout(self._budget):
                connection = await self._wait_or_connect()
        except UNREACHABLE as error:
            raise self._unavailable(error) from error
        return connection, max(self._budget - (monotonic() - asked), 0.01)

    async def _wait_or_connect(self) -> Connection:
        while self._open >= self._size:
            waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                connection = await waiter
            except asyncio.CancelledError:
                if not waiter.cancelled():
                    self._pass_on(waiter.result())
                elif waiter in self._waiters:
                    self._waiters.remove(waiter)
                raise
            if connection is not None:
                return connection
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._pass_on(None)
            raise

    async def _see_through(self, connection: Connection, statement: Awaitable[T]) -> T:
        """The result of a statement. It outlives its caller for a while: to break it off would cost the connection."""
        task = asyncio.ensure_future(self._run(connection, statement))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(self._budget * _FORSAKEN_SHARE, task.cancel)
            raise

    async def _run(self, connection: Connection, statement: Awaitable[T]) -> T:
        try:
            result = await statement
            self._reachable = True
            return result
        except BaseException as error:
            self._raise(connection, error)
        finally:
            self._give(connection)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A caller who has left does not ask for it.
            task.exception()

    def _give(self, connection: Connection) -> None:
        if self._size == 0 and not connection.is_closed():
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
            self._pass_on(None)
        else:
            self._pass_on(connection)

    def _pass_on(self, connection: Connection | None) -> None:
        """Hands a connection, or the room for a new one, to who waits longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)

    def _raise(self, connection: Connection | None, error: BaseException) -> Never:
        if connection is not None and isinstance(error, asyncio.CancelledError | TimeoutError):
            # The answer is still to come, and waiting for it may take for ever.
            connection.terminate()
        if isinstance(error, ServiceError | asyncio.CancelledError):
            raise error
        if isinstance(error, UNREACHABLE) or (connection is not None and connection.is_closed()):
            raise self._unavailable(error) from error
        raise error

    def _unavailable(self, cause: BaseException) -> Unavailable:
        self._reachable = False
        _log.warning("database unavailable", error=type(cause).__name__, detail=str(cause))
        return DatabaseUnavailable()


def database_at(url: str, application: str, *, size: int, budget: float) -> Database:
    """The pool of a server whose statements and connections keep to the pool's budget."""
    return Database(connect_with(url, application, budget), size, budget)

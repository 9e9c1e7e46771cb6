"""The three ways in which PostgreSQL fails a call, and how each is told apart.

Any other error of a statement, such as a unique violation, is asyncpg's own and means something to the store.
"""

import asyncpg

from service_kit.errors import Lost, Unavailable

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
# Raised by the function in_time of a schema: the deadline of a statement that writes has passed.
TOO_LATE = "NW002"


class DatabaseUnavailable(Lost):
    """PostgreSQL does not answer."""

    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the database does not answer")


class DatabaseTimeout(Unavailable):
    """PostgreSQL answers others, but this statement took too long, or found no free connection in time."""

    reason = "DATABASE_TIMEOUT"

    def __init__(self) -> None:
        super().__init__("the database takes too long")


class DatabaseLocked(Unavailable):
    """Somebody else holds a row that the statement needs, for longer than it waits."""

    reason = "DATABASE_LOCKED"

    def __init__(self) -> None:
        super().__init__("somebody else is changing it")

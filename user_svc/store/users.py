"""The people in PostgreSQL. Every method is one statement, so one round trip; reads at the same time share one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from service_kit.batching.reads import SharedReads
from service_kit.page import TOTAL_LIMIT, Total
from service_kit.postgres.database import Database
from user_svc.domain.listing import Listing, Order, UserPage
from user_svc.domain.user import Email, EmailTaken, User, Username, UsernameTaken, UserNotFound

_COLUMNS = "id, username, email, created_at, updated_at"

_GET = f"SELECT {_COLUMNS} FROM users WHERE id = ANY($1::uuid[])"

_CREATE = f"""
INSERT INTO users (id, username, username_key, email, email_key, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $6 WHERE in_time($7)
RETURNING {_COLUMNS}"""

# The outbox is where the feed takes changes from.
_UPDATE = f"""
WITH changed AS (
    UPDATE users SET
        username = coalesce($2, username), username_key = coalesce($3, username_key),
        email = coalesce($4, email), email_key = coalesce($5, email_key), updated_at = $6
    WHERE id = $1 AND (username, email) IS DISTINCT FROM (coalesce($2, username), coalesce($4, email))
        AND in_time($7)
    RETURNING {_COLUMNS}
), recorded AS (
    INSERT INTO user_outbox (user_id, deleted) SELECT id, false FROM changed
)
SELECT {_COLUMNS} FROM changed"""

_DELETE = """
WITH changed AS (
    DELETE FROM users WHERE id = $1 AND in_time($2) RETURNING id
), recorded AS (
    INSERT INTO user_outbox (user_id, deleted) SELECT id, true FROM changed
)
SELECT id FROM changed"""

_SEARCH = f"""
SELECT {_COLUMNS} FROM (
    (SELECT * FROM users WHERE username_key >= $1 AND username_key < $2 ORDER BY username_key LIMIT $3)
    UNION
    (SELECT * FROM users WHERE email_key >= $1 AND email_key < $2 ORDER BY email_key LIMIT $3)
) AS found
ORDER BY username_key LIMIT $3"""

# The outer join keeps the total when the page is empty.
_LIST = """
SELECT counted.total, page.*
FROM (SELECT count(*) AS total FROM (SELECT FROM users LIMIT {limit}) AS first) AS counted
LEFT JOIN LATERAL (
    SELECT id, username, email, created_at, updated_at, username_key FROM users
    {where} ORDER BY {key} {direction} LIMIT $1 {offset}
) AS page ON true
ORDER BY page.{key} {direction}"""

_KEYS = {
    Order.NEWEST: ("id", "DESC"),
    Order.OLDEST: ("id", "ASC"),
    Order.USERNAME: ("username_key", "ASC"),
    Order.USERNAME_DESC: ("username_key", "DESC"),
}


def _list_statement(order: Order, *, by_token: bool) -> str:
    key, direction = _KEYS[order]
    compare = "<" if direction == "DESC" else ">"
    return _LIST.format(
        limit=TOTAL_LIMIT + 1,
        key=key,
        direction=direction,
        where=f"WHERE {key} {compare} $2" if by_token else "",
        offset="" if by_token else "OFFSET $2",
    )


_LIST_AT = {order: _list_statement(order, by_token=False) for order in Order}
_LIST_AFTER = {order: _list_statement(order, by_token=True) for order in Order}

# Greater than every character that can follow a prefix.
_LAST_CHARACTER = "\U0010ffff"


class UserStore:
    """Reads and writes people. Raises Unavailable when the database does not answer.

    `wrote` is called when a change waits for its place on the feed.
    """

    def __init__(self, database: Database, wrote: Callable[[], None]) -> None:
        self._database = database
        self._wrote = wrote
        self._reads = SharedReads(self._read)

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound. Calls at the same time share a statement."""
        user = await self._reads.get(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def _read(self, ids: Sequence[UUID]) -> dict[UUID, User]:
        return {row[0]: User._make(row) for row in await self._database.fetch(_GET, ids)}

    async def create(self, user_id: UUID, username: Username, email: Email, now: datetime) -> User:
        """Raises UsernameTaken and EmailTaken."""
        with _taken():
            row = await self._database.write_row(_CREATE, user_id, *username, *email, now)
        return _user(row)

    async def update(self, user_id: UUID, username: Username | None, email: Email | None, now: datetime) -> User:
        """Changes what is not None and puts it on the feed. Raises UserNotFound, UsernameTaken and EmailTaken."""
        with _taken():
            row = await self._database.write_row(
                _UPDATE, user_id, *(username or (None, None)), *(email or (None, None)), now
            )
        if row is None:
            # Nothing changed: the values were those before, or there is nobody.
            return await self.get(user_id)
        self._wrote()
        return _user(row)

    async def delete(self, user_id: UUID) -> None:
        """Deletes a person and puts it on the feed. Raises UserNotFound."""
        if await self._database.write_row(_DELETE, user_id) is None:
            raise UserNotFound
        self._wrote()

    async def list(self, listing: Listing) -> UserPage:
        """One page, and the total up to a limit."""
        if listing.offset is None:
            rows = await self._database.fetch(_LIST_AT[listing.order], 0, 0)
        elif listing.after is None:
            rows = await self._database.fetch(_LIST_AT[listing.order], listing.size + 1, listing.offset)
        else:
            rows = await self._database.fetch(_LIST_AFTER[listing.order], listing.size + 1, listing.after)
        users = [_user(row) for row in rows if row["id"] is not None]
        return UserPage(users[: listing.size], Total.of(rows[0]["total"]), len(users) > listing.size)

    async def search(self, prefix_key: str, limit: int) -> Sequence[User]:
        """People whose username or email begins with a folded prefix, by username."""
        rows = await self._database.fetch(_SEARCH, prefix_key, prefix_key + _LAST_CHARACTER, limit)
        return [_user(row) for row in rows]


def _user(row: asyncpg.Record | None) -> User:
    if row is None:
        raise LookupError("the statement gave no row")
    return User(row["id"], row["username"], row["email"], row["created_at"], row["updated_at"])


@contextmanager
def _taken() -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "users_username_taken":
            raise UsernameTaken from error
        if error.constraint_name == "users_email_taken":
            raise EmailTaken from error
        raise

"""The feed of changes to people in PostgreSQL: what follows a position."""

from collections.abc import Sequence
from uuid import UUID

from service_kit.postgres.database import Database
from user_svc.domain.change import Change, Changes
from user_svc.domain.user import User

BATCH = 500

_READ = f"""
SELECT user_feed.position AS head, change.*
FROM user_feed LEFT JOIN LATERAL (
    SELECT user_changes.position, user_changes.user_id, user_changes.deleted,
        users.username, users.email, users.created_at, users.updated_at
    FROM user_changes LEFT JOIN users ON users.id = user_changes.user_id
    WHERE user_changes.position > $1 ORDER BY user_changes.position LIMIT {BATCH}
) AS change ON true
ORDER BY change.position"""

_BATCH_GET = """
SELECT user_feed.position, users.id, users.username, users.email, users.created_at, users.updated_at
FROM user_feed LEFT JOIN users ON users.id = ANY($1::uuid[])"""


class FeedStore:
    """Reads the feed. Raises Unavailable when the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> int:
        """The newest position."""
        row = await self._database.fetchrow("SELECT position FROM user_feed")
        return 0 if row is None else int(row["position"])

    async def read(self, after: int) -> Changes:
        """The changes after a position, of each person the last alone; `position` is never below the newest sent."""
        rows = await self._database.fetch(_READ, after)
        changes = [
            Change(
                row["position"],
                row["user_id"],
                None
                if row["deleted"]
                else User(row["user_id"], row["username"], row["email"], row["created_at"], row["updated_at"]),
            )
            for row in rows
            if row["position"] is not None
        ]
        if len(changes) == BATCH:
            return Changes(changes[-1].position, changes, more=True)
        return Changes(rows[0]["head"], changes, more=False)

    async def users(self, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""
        rows = await self._database.fetch(_BATCH_GET, ids)
        users = [
            User(row["id"], row["username"], row["email"], row["created_at"], row["updated_at"])
            for row in rows
            if row["id"] is not None
        ]
        return int(rows[0]["position"]), users

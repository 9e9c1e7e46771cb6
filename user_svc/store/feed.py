"""The feed of changes to people in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from service_kit.postgres.database import Database
from service_kit.postgres.feed import BATCH, Feed, FeedShape
from user_svc.domain.change import Change
from user_svc.domain.user import User

# Of each person the last change alone is kept.
_RECORD = """
INSERT INTO user_changes (user_id, position, deleted)
SELECT DISTINCT ON (user_id) user_id, position, deleted FROM placed ORDER BY user_id, position DESC
ON CONFLICT (user_id) DO UPDATE SET position = excluded.position, deleted = excluded.deleted"""

_SELECT = f"""
SELECT changed.*, person.* FROM (
    SELECT position, user_id, deleted FROM user_changes WHERE position > $1 ORDER BY position LIMIT {BATCH}
) AS changed
LEFT JOIN LATERAL (
    SELECT username, email, created_at, updated_at FROM users WHERE users.id = changed.user_id LIMIT 1
) AS person ON true"""

_BATCH_GET = """
SELECT user_feed.position, users.id, users.username, users.email, users.created_at, users.updated_at
FROM user_feed LEFT JOIN users ON users.id = ANY($1::uuid[])"""


def _change(row: Record) -> Change | None:
    if row["deleted"]:
        return Change(row["position"], row["user_id"], None)
    if row["username"] is None:
        # Deleted a moment ago; that has no position yet.
        return None
    user = User(row["user_id"], row["username"], row["email"], row["created_at"], row["updated_at"])
    return Change(row["position"], row["user_id"], user)


class UserFeed(Feed[Change]):
    """The last change of each person, from the first one on. Raises Unavailable when the database does not answer."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, FeedShape("user", _RECORD, _SELECT, _change))
        self._database = database

    async def users(self, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""
        rows = await self._database.fetch(_BATCH_GET, ids)
        users = [
            User(row["id"], row["username"], row["email"], row["created_at"], row["updated_at"])
            for row in rows
            if row["id"] is not None
        ]
        return int(rows[0]["position"]), users

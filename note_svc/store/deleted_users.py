"""What deleted users leave behind goes, exactly once, however many replicas read the change feed.

A user's tombstone, the removal of their notes and shares and the new position of the feed commit together, so a crash
repeats all of it or nothing. A note or share that is being written for the user at that moment holds the user's lock
shared (see `is_deleted_user` in the migrations): it commits before the removal begins and is removed, or it finds the
tombstone.
"""

from uuid import UUID

from service_kit.postgres.database import Database

# Somebody with very many notes takes a while; nobody waits for it.
_REMOVAL_SECONDS = 300.0

_TAKE_TIME = f"SET LOCAL statement_timeout = '{_REMOVAL_SECONDS:.0f}s'; SET LOCAL lock_timeout = 0"
_LOCK_POSITION = "SELECT position FROM feed_position FOR UPDATE"
_LOCK_USER = "SELECT pg_advisory_xact_lock(user_lock($1))"
_BURY = "INSERT INTO deleted_users (user_id) VALUES ($1) ON CONFLICT DO NOTHING"
# In the order of ids, like every statement that locks several notes.
_LOCK_NOTES = """
SELECT count(*) FROM (
    SELECT id FROM notes
    WHERE id IN (
        SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NULL
        UNION ALL SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NOT NULL
        UNION ALL SELECT note_id FROM shared_notes WHERE user_id = $1 AND deleted_at IS NULL
        UNION ALL SELECT note_id FROM shared_notes WHERE user_id = $1 AND deleted_at IS NOT NULL
    )
    ORDER BY id FOR UPDATE
) AS locked"""
_REMOVE_NOTES = """
DELETE FROM notes WHERE id IN (
    SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NULL
    UNION ALL SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NOT NULL
)"""
_REMOVE_SHARES = """
UPDATE notes SET shared_with = array_remove(shared_with, $1), version = version + 1
WHERE id IN (
    SELECT note_id FROM shared_notes WHERE user_id = $1 AND deleted_at IS NULL
    UNION ALL SELECT note_id FROM shared_notes WHERE user_id = $1 AND deleted_at IS NOT NULL
)"""
_ADVANCE = "UPDATE feed_position SET position = $1 WHERE position < $1"


class DeletedUserStore:
    """Keeps the durable position of the feed and removes what deleted users leave."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self) -> int:
        """How far the feed has been applied."""
        row = await self._database.fetchrow("SELECT position FROM feed_position")
        assert row is not None
        return int(row["position"])

    async def advance(self, position: int) -> None:
        """Notes that there was nothing to remove up to a position; never goes back."""
        await self._database.fetch(_ADVANCE, position)

    async def start_over(self) -> None:
        """Lets the feed be applied from its beginning: it is no longer the feed that the position was of."""
        await self._database.fetch("UPDATE feed_position SET position = 0")

    async def remove(self, user_id: UUID, position: int) -> bool:
        """Removes what a user leaves who was deleted at that position; False when it had been done.

        A connection of its own, since this may take longer than a call may hold one of the pool's.
        """
        connection = await self._database.connect_apart()
        try:
            async with connection.transaction():
                await connection.execute(_TAKE_TIME)
                if await connection.fetchval(_LOCK_POSITION, timeout=_REMOVAL_SECONDS) >= position:
                    return False
                for statement in (_LOCK_USER, _BURY, _LOCK_NOTES, _REMOVE_NOTES, _REMOVE_SHARES):
                    await connection.execute(statement, user_id, timeout=_REMOVAL_SECONDS)
                await connection.execute(_ADVANCE, position)
                return True
        finally:
            await connection.close()

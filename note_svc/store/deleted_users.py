"""What deleted users leave behind goes, exactly once, however many replicas follow the feed of users.

A user's tombstone, the removal of their notes and shares and the new position of the feed commit together, so a crash
repeats all of it or nothing. A note or share that is being written for the user at that moment holds the user's lock
shared (see `is_deleted_user` in the migrations): it commits before the removal begins and is removed, or it finds the
tombstone.

A feed that is begun anew gets a new generation. What a replica has read in an earlier one may never have happened, so
nothing of it is written any more.
"""

from collections.abc import Sequence
from uuid import UUID

from note_svc.domain.feed_position import FeedBegunAnew, FeedPosition
from service_kit.postgres.database import Database

# Somebody with very many notes takes a while; nobody waits for it.
_REMOVAL_SECONDS = 300.0

_TAKE_TIME = f"SET LOCAL statement_timeout = '{_REMOVAL_SECONDS:.0f}s'; SET LOCAL lock_timeout = 0"
_POSITION = "SELECT position, cursor, generation, begun_anew FROM feed_position"
_LOCK_POSITION = "SELECT position, generation FROM feed_position FOR UPDATE"
_LOCK_USER = "SELECT pg_advisory_xact_lock(user_lock($1))"
_BURY = "INSERT INTO deleted_users (user_id) VALUES ($1) ON CONFLICT DO NOTHING"
# In the order of ids, like every statement that locks several notes.
_LOCK_NOTES = """
SELECT count(*) FROM (
    SELECT id FROM notes
    WHERE id IN (
        SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NULL
        UNION ALL SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NOT NULL
        UNION ALL SELECT note_id FROM shares WHERE user_id = $1 AND deleted_at IS NULL
        UNION ALL SELECT note_id FROM shares WHERE user_id = $1 AND deleted_at IS NOT NULL
    )
    ORDER BY id FOR UPDATE
) AS locked"""
_REMOVE_NOTES = """
DELETE FROM notes WHERE id IN (
    SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NULL
    UNION ALL SELECT id FROM notes WHERE user_id = $1 AND deleted_at IS NOT NULL
)"""
_REMOVE_SHARES = """
WITH removed AS (
    DELETE FROM shares WHERE user_id = $1 AND note_id IN (
        SELECT note_id FROM shares WHERE user_id = $1 AND deleted_at IS NULL
        UNION ALL SELECT note_id FROM shares WHERE user_id = $1 AND deleted_at IS NOT NULL
    )
    RETURNING note_id
)
UPDATE notes SET version = version + 1 FROM removed WHERE notes.id = removed.note_id"""
_MOVE = "UPDATE feed_position SET position = $1, cursor = $2"
_ADVANCE = """
UPDATE feed_position SET
    position = greatest(position, $1),
    cursor = CASE WHEN position < $1 OR position = $1 AND cursor = '' THEN $2 ELSE cursor END
WHERE generation = $3
RETURNING true"""
_BEGIN_ANEW = """
UPDATE feed_position SET position = 0, cursor = '', generation = generation + 1, begun_anew = true
WHERE generation = $1"""
_TOMBSTONES = "SELECT user_id FROM deleted_users WHERE user_id > $1 ORDER BY user_id LIMIT $2"
_LIFT = """
WITH begun AS (
    UPDATE feed_position SET begun_anew = false WHERE generation = $1 AND begun_anew RETURNING true
)
DELETE FROM deleted_users WHERE user_id = ANY ($2::uuid[]) AND EXISTS (SELECT FROM begun)
RETURNING user_id"""


class DeletedUserStore:
    """Keeps the durable position of the feed and removes what deleted users leave."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self) -> FeedPosition:
        """How far the feed has been applied."""
        row = await self._database.fetchrow(_POSITION)
        assert row is not None
        return FeedPosition(*row)

    async def advance(self, at: FeedPosition) -> None:
        """Notes that there was nothing to remove up to a position; never goes back. Raises FeedBegunAnew."""
        if await self._database.fetchrow(_ADVANCE, at.position, at.cursor, at.generation) is None:
            raise FeedBegunAnew

    async def begin_anew(self, at: FeedPosition) -> None:
        """Lets the feed be applied from its beginning, since its history is not the one of the position any more.

        Nothing happens when another replica has done so.
        """
        await self._database.fetch(_BEGIN_ANEW, at.generation)

    async def tombstones(self, after: UUID, limit: int) -> list[UUID]:
        """Deleted users whose ids follow one, in order."""
        return [row["user_id"] for row in await self._database.fetch(_TOMBSTONES, after, limit)]

    async def lift_tombstones(self, generation: int, user_ids: Sequence[UUID]) -> list[UUID]:
        """Takes the tombstones from users who exist again, once after the feed was begun anew; gives who had one."""
        return [row["user_id"] for row in await self._database.fetch(_LIFT, generation, user_ids)]

    async def remove(self, user_id: UUID, at: FeedPosition) -> bool:
        """Removes what a user leaves who was deleted at that position; False when it had been done.

        Raises FeedBegunAnew. It has a connection of its own, since it may take longer than a call may hold one of the
        pool's.
        """
        connection = await self._database.connect_apart()
        try:
            async with connection.transaction():
                await connection.execute(_TAKE_TIME)
                durable = await connection.fetchrow(_LOCK_POSITION, timeout=_REMOVAL_SECONDS)
                assert durable is not None
                if durable["generation"] != at.generation:
                    raise FeedBegunAnew
                if durable["position"] >= at.position:
                    return False
                for statement in (_LOCK_USER, _BURY, _LOCK_NOTES, _REMOVE_NOTES, _REMOVE_SHARES):
                    await connection.execute(statement, user_id, timeout=_REMOVAL_SECONDS)
                await connection.execute(_MOVE, at.position, at.cursor)
                return True
        finally:
            await connection.close()

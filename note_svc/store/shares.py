"""Who a note is shared with. The row of the note holds the list; its trigger keeps the index of it."""

from uuid import UUID

from note_svc.domain.note import Note, NoteNotFound
from note_svc.domain.person import UserNotFound
from note_svc.domain.share import MAX_SHARES, AlreadyShared, NotShared, SharedWithOwner, TooManyShares
from note_svc.store.locked import note_locked
from note_svc.store.rows import note_columns, note_of
from service_kit.postgres.database import Database

# Whoever deletes a user takes the user's lock and then those of rows, so the user's lock comes first here too: the row
# is locked above the join, when the other side has been read.
_SHARE = f"""
WITH alive AS MATERIALIZED (SELECT is_deleted_user($2) AS deleted),
note AS MATERIALIZED (
    SELECT n.id, n.user_id, n.shared_with
    FROM alive, notes n WHERE n.id = $1 AND n.deleted_at IS NULL AND NOT alive.deleted
    FOR UPDATE OF n
),
changed AS (
    UPDATE notes SET shared_with = notes.shared_with || $2::uuid, version = notes.version + 1
    FROM note
    WHERE notes.id = note.id AND note.user_id <> $2 AND $2 <> ALL (note.shared_with)
        AND cardinality(note.shared_with) < {MAX_SHARES} AND in_time($3)
    RETURNING {note_columns()}
)
SELECT alive.deleted AS user_deleted, note.user_id = $2 AS is_owner, $2 = ANY (note.shared_with) AS is_shared, changed.*
FROM alive LEFT JOIN note ON true LEFT JOIN changed ON true"""

_UNSHARE = f"""
UPDATE notes SET shared_with = array_remove(shared_with, $2), version = version + 1
WHERE id = $1 AND deleted_at IS NULL AND $2 = ANY (shared_with) AND in_time($3)
RETURNING {note_columns()}"""


_EXISTS = "SELECT true FROM notes WHERE id = $1 AND deleted_at IS NULL"


class ShareStore:
    """Adds and removes people. Each method is one statement; a lost database is UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def share(self, note_id: UUID, user_id: UUID) -> Note:
        """The note, shared with one more person.

        Raises NoteNotFound, UserNotFound, SharedWithOwner, AlreadyShared and TooManyShares.
        """
        with note_locked():
            row = await self._database.write_row(_SHARE, note_id, user_id)
        assert row is not None
        if row["id"] is not None:
            return note_of(row)
        if row["user_deleted"]:
            raise UserNotFound
        if row["is_owner"] is None:
            raise NoteNotFound
        if row["is_owner"]:
            raise SharedWithOwner
        raise AlreadyShared if row["is_shared"] else TooManyShares

    async def unshare(self, note_id: UUID, user_id: UUID) -> Note:
        """The note without that person. Raises NoteNotFound and NotShared."""
        with note_locked():
            row = await self._database.write_row(_UNSHARE, note_id, user_id)
        if row is not None:
            return note_of(row)
        raise NotShared if await self._database.fetchrow(_EXISTS, note_id) else NoteNotFound

"""Who a note is shared with."""

from uuid import UUID

from note_svc.domain.note import Note, NoteNotFound
from note_svc.domain.person import UserNotFound
from note_svc.domain.share import MAX_SHARES, AlreadyShared, NotShared, SharedWithOwner, TooManyShares
from note_svc.store.locked import note_locked
from note_svc.store.rows import note_columns, note_of, share_columns
from service_kit.postgres.database import Database

# Whoever deletes a user takes the user's lock and then those of rows, so the user's lock comes first here too: the row
# is locked above the join, when the other side has been read.
_SHARE = f"""
WITH alive AS MATERIALIZED (SELECT is_deleted_user($2) AS deleted),
note AS MATERIALIZED (
    SELECT n.* FROM alive, notes n WHERE n.id = $1 AND n.deleted_at IS NULL AND NOT alive.deleted
    FOR UPDATE OF n
),
before AS MATERIALIZED (
    SELECT note.user_id = $2 AS is_owner, $2 = ANY (shares.user_ids) AS is_shared,
        coalesce(cardinality(shares.user_ids), 0) AS number, shares.since[cardinality(shares.since)] AS latest
    FROM note CROSS JOIN LATERAL shares_of(note.id) AS shares
),
added AS (
    INSERT INTO shares (note_id, user_id, since, created_at, updated_at, title_key)
    SELECT note.id, $2, greatest(clock_timestamp(), to_timestamp(0) + (before.latest + 1) * interval '1 microsecond'),
        note.created_at, note.updated_at, note.title_key
    FROM note CROSS JOIN before
    WHERE NOT before.is_owner AND before.is_shared IS NOT TRUE AND before.number < {MAX_SHARES} AND in_time($3)
    RETURNING note_id
),
changed AS (
    UPDATE notes SET version = notes.version + 1, ever_shared = true
    FROM added WHERE notes.id = added.note_id
    RETURNING {note_columns()}
)
SELECT alive.deleted AS user_deleted, before.is_owner, before.is_shared, changed.*, {share_columns()}
FROM alive LEFT JOIN before ON true LEFT JOIN changed ON true
LEFT JOIN LATERAL shares_of(changed.id) AS shares ON true"""

_UNSHARE = f"""
WITH note AS MATERIALIZED (SELECT id FROM notes WHERE id = $1 AND deleted_at IS NULL FOR UPDATE),
taken AS (
    DELETE FROM shares USING note WHERE shares.note_id = note.id AND shares.user_id = $2 AND in_time($3)
    RETURNING shares.note_id
),
changed AS (
    UPDATE notes SET version = notes.version + 1 FROM taken WHERE notes.id = taken.note_id
    RETURNING {note_columns()}
)
SELECT changed.*, {share_columns()}
FROM note LEFT JOIN changed ON true LEFT JOIN LATERAL shares_of(changed.id) AS shares ON true"""


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
        if row is None:
            raise NoteNotFound
        if row["id"] is None:
            raise NotShared
        return note_of(row)

"""Single notes in the database: read, delete, bring back, purge."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from note_svc.domain.note import KEPT_AFTER_DELETION, Note, NoteNotFound
from note_svc.store.locked import note_locked
from note_svc.store.rows import READ_SHARES, note_columns, note_of, share_columns
from service_kit.batching.reads import SharedReads
from service_kit.postgres.database import Database

_GET = f"""
SELECT {note_columns()}, {share_columns()} FROM notes {READ_SHARES}
WHERE notes.id = ANY ($1::uuid[]) AND notes.deleted_at IS NULL"""

_DELETE = """
UPDATE notes SET deleted_at = clock_timestamp(), version = version + 1
WHERE id = $1 AND deleted_at IS NULL AND in_time($2)
RETURNING id"""

# A lock that was waited for gives the row as it is then; without it the query after the update would look for the note
# as it was when the statement began, and miss one that somebody else has just brought back.
_UNDELETE = f"""
WITH locked AS MATERIALIZED (
    SELECT * FROM notes
    WHERE id = $1 AND (deleted_at IS NULL OR deleted_at > clock_timestamp() - $2::interval)
    FOR UPDATE
),
restored AS (
    UPDATE notes SET deleted_at = NULL, version = notes.version + 1
    FROM locked WHERE notes.id = locked.id AND locked.deleted_at IS NOT NULL AND in_time($3)
    RETURNING {note_columns()}
),
found AS (
    SELECT * FROM restored UNION ALL SELECT {note_columns()} FROM locked AS notes WHERE deleted_at IS NULL
)
SELECT found.*, {share_columns()} FROM found CROSS JOIN LATERAL shares_of(found.id) AS shares"""

_PURGE = """
DELETE FROM notes WHERE id IN (
    SELECT id FROM notes WHERE deleted_at <= clock_timestamp() - $1::interval
    ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING deleted_at"""


class NoteStore:
    """Reads and removes notes by id. Each method is one statement; a lost database is UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads = SharedReads(self._read)

    async def get(self, note_id: UUID) -> Note:
        """Raises NoteNotFound. Calls at the same time share a statement."""
        note = await self._reads.get(note_id)
        if note is None:
            raise NoteNotFound
        return note

    async def delete(self, note_id: UUID) -> None:
        """Takes the note out of sight. Raises NoteNotFound, also when it is deleted already."""
        with note_locked():
            deleted = await self._database.write_row(_DELETE, note_id)
        if deleted is None:
            raise NoteNotFound

    async def undelete(self, note_id: UUID) -> Note:
        """The note, in sight again. Raises NoteNotFound, also when it was deleted too long ago."""
        with note_locked():
            row = await self._database.write_row(_UNDELETE, note_id, KEPT_AFTER_DELETION)
        if row is None:
            raise NoteNotFound
        return note_of(row)

    async def purge(self, limit: int) -> list[datetime]:
        """Removes for good at most so many notes that nobody can bring back; gives when each was deleted.

        Several replicas may do it at once: each takes other notes.
        """
        rows = await self._database.fetch(_PURGE, KEPT_AFTER_DELETION, limit)
        return [row[0] for row in rows]

    async def _read(self, note_ids: Sequence[UUID]) -> Mapping[UUID, Note]:
        notes = map(note_of, await self._database.fetch(_GET, note_ids))
        return {note.id: note for note in notes}

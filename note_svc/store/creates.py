"""Writes new notes, many with one statement."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import PostgresError

from note_svc.domain.change import NewNote, NoteExists
from note_svc.domain.note import Note
from note_svc.domain.person import UserNotFound
from note_svc.store.rows import READ_SHARES, note_columns, note_of, share_columns, unix_microseconds
from service_kit.batching.writes import GroupCommit, Histogram
from service_kit.errors import ServiceError
from service_kit.postgres.database import Database

# In the order of ids, so that two replicas that write the same ids wait for each other and never in a circle.
# A trigger leaves out the notes of deleted users.
_INSERT = f"""
INSERT INTO notes (
    id, user_id, title, title_key, content, content_bytes, snippet, request_digest, created_at, updated_at
)
SELECT i.*, i.at
FROM (
    SELECT n.*, clock_timestamp() AS at
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::bytea[]) AS n
    WHERE in_time($9)
) AS i
ON CONFLICT (id) DO NOTHING
RETURNING id, {unix_microseconds("created_at")} AS created_at"""

_FIND = f"""
SELECT notes.request_digest, {note_columns()}, {share_columns()} FROM notes {READ_SHARES}
WHERE notes.id = ANY ($1::uuid[])"""


class CreateStore:
    """Inserts notes. `sizes` counts the notes of each statement."""

    def __init__(self, database: Database, sizes: Histogram) -> None:
        self._database = database
        self._together = GroupCommit(
            self._write,
            key=lambda note: note.id,
            weight=lambda note: note.content.size,
            sizes=sizes,
            undone=PostgresError,
        )

    async def create(self, note: NewNote) -> Note:
        """The note as written; calls at the same time share a statement.

        A note whose id is there from the same request is answered as it is now, even when deleted. Raises
        NoteExists, UserNotFound and Unavailable.
        """
        return await self._together.submit(note)

    async def _write(self, notes: Sequence[NewNote]) -> Sequence[Note | ServiceError]:
        """What became of each note, in order. No id may appear twice."""
        ordered = sorted(notes)
        rows = await self._database.write(
            _INSERT,
            [note.id for note in ordered],
            [note.user_id for note in ordered],
            [note.title.text for note in ordered],
            [note.title.key for note in ordered],
            [note.content.text for note in ordered],
            [note.content.size for note in ordered],
            [note.content.snippet for note in ordered],
            [note.digest for note in ordered],
        )
        created = {row["id"]: row["created_at"] for row in rows}
        left_out = [note for note in notes if note.id not in created]
        found = await self._find(left_out) if left_out else {}
        results: list[Note | ServiceError] = []
        for note in notes:
            at = created.get(note.id)
            if at is None:
                results.append(found.get(note.id) or UserNotFound())
            else:
                results.append(
                    Note(
                        id=note.id,
                        user_id=note.user_id,
                        title=note.title.text,
                        content=note.content.text,
                        snippet=note.content.snippet,
                        version=1,
                        created_at=at,
                        updated_at=at,
                        deleted_at=None,
                        shares=[],
                        share_count=0,
                    )
                )
        return results

    async def _find(self, notes: Sequence[NewNote]) -> dict[UUID, Note | ServiceError]:
        digests = {note.id: note.digest for note in notes}
        rows = await self._database.fetch(_FIND, list(digests))
        return {
            row["id"]: note_of(row) if row["request_digest"] == digests[row["id"]] else NoteExists() for row in rows
        }

"""Changes the title and content of notes, many with one statement.

A statement that waits for one locked row would hold up every edit behind it, for as long as the removal of a deleted
user takes. So a batch passes over notes that somebody else has locked; their edits then wait, each by itself.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

from asyncpg import PostgresError

from note_svc.domain.change import Edit, NoteLocked, StaleVersion
from note_svc.domain.note import Note, NoteNotFound
from note_svc.store.locked import note_locked
from note_svc.store.rows import note_columns, note_of, share_columns
from service_kit.batching.writes import GroupCommit, Histogram
from service_kit.errors import ServiceError
from service_kit.postgres.database import Database

# Of the pool's connections, those that may wait for locked notes.
_WAITING_SHARE = 4


def _update(locking: str) -> str:
    """The statement, with the clause that says what to do about a locked row.

    It answers for each note in sight. Rows are locked in the order of ids, so that two writers wait for each other and
    never in a circle. A content that the caller knows is not sent back.
    """
    return f"""
WITH edit AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[])
        AS e (id, expected_version, title, title_key, content, content_bytes, snippet)
),
locked AS MATERIALIZED (
    SELECT n.id, n.version FROM notes n
    WHERE n.id = ANY ($1::uuid[]) AND n.deleted_at IS NULL
    ORDER BY n.id
    {locking}
),
changed AS (
    UPDATE notes SET
        title = coalesce(edit.title, notes.title),
        title_key = coalesce(edit.title_key, notes.title_key),
        content = coalesce(edit.content, notes.content),
        content_bytes = coalesce(edit.content_bytes, notes.content_bytes),
        snippet = coalesce(edit.snippet, notes.snippet),
        version = notes.version + 1,
        updated_at = greatest(clock_timestamp(), notes.updated_at)
    FROM locked JOIN edit USING (id)
    WHERE notes.id = locked.id AND edit.expected_version IN (0, locked.version) AND in_time($8)
    RETURNING notes.ever_shared, {note_columns(content="CASE WHEN edit.content IS NULL THEN notes.content END")}
)
SELECT seen.id AS seen_id, locked.version AS locked_version, changed.*, {share_columns()}
FROM notes seen LEFT JOIN locked ON locked.id = seen.id LEFT JOIN changed ON changed.id = seen.id
LEFT JOIN LATERAL shares_of(changed.id) AS shares ON changed.ever_shared
WHERE seen.id = ANY ($1::uuid[]) AND seen.deleted_at IS NULL"""


_PASS_OVER = _update("FOR UPDATE SKIP LOCKED")
_WAIT = _update("FOR UPDATE")


class EditStore:
    """Updates notes. `sizes` counts the edits of each statement; `patience` in seconds is for locked notes."""

    def __init__(self, database: Database, sizes: Histogram, patience: float) -> None:
        self._database = database
        self._patience = patience
        self._together = GroupCommit[Edit, Note | None](
            partial(self._write, _PASS_OVER),
            key=lambda edit: edit.id,
            weight=_weight,
            sizes=sizes,
            undone=PostgresError,
        )
        self._waiting = asyncio.Semaphore(max(1, database.size // _WAITING_SHARE))
        self._first = WeakValueDictionary[UUID, asyncio.Lock]()

    async def edit(self, edit: Edit) -> Note:
        """The note after the edit, which changes something; calls at the same time share a statement.

        Raises NoteNotFound, StaleVersion, NoteLocked and Unavailable.
        """
        edited = await self._together.submit(edit)
        if edited is None:
            try:
                async with asyncio.timeout(self._patience):
                    edited = await self._wait_and_write(edit)
            except TimeoutError as error:
                raise NoteLocked from error
        if edited is None:
            raise NoteNotFound
        return edited

    async def _wait_and_write(self, edit: Edit) -> Note | None:
        """As `_write`, of one edit; of those for one note only the first waits with a connection."""
        async with self._first.setdefault(edit.id, asyncio.Lock()), self._waiting:
            with note_locked():
                (result,) = await self._write(_WAIT, [edit])
        if isinstance(result, ServiceError):
            raise result
        return result

    async def _write(self, statement: str, edits: Sequence[Edit]) -> Sequence[Note | ServiceError | None]:
        """What became of each edit, in order; None for a note that could not be locked. No note may appear twice."""
        titles = [edit.title for edit in edits]
        contents = [edit.content for edit in edits]
        rows = await self._database.write(
            statement,
            [edit.id for edit in edits],
            [edit.expected_version for edit in edits],
            [title and title.text for title in titles],
            [title and title.key for title in titles],
            [content and content.text for content in contents],
            [content and content.size for content in contents],
            [content and content.snippet for content in contents],
        )
        found = {row["seen_id"]: row for row in rows}
        results: list[Note | ServiceError | None] = []
        for edit in edits:
            row = found.get(edit.id)
            if row is None:
                results.append(NoteNotFound())
            elif row["locked_version"] is None:
                results.append(None)
            elif row["id"] is None:
                results.append(StaleVersion(row["locked_version"]))
            else:
                note = note_of(row)
                results.append(note if edit.content is None else note._replace(content=edit.content.text))
        return results


def _weight(edit: Edit) -> int:
    return 0 if edit.content is None else edit.content.size

"""Changes the title and content of notes, many with one statement."""

from collections.abc import Sequence

from note_svc.domain.change import Edit, Edited, Missing, Stale
from note_svc.store.rows import note_columns, note_of
from service_kit.postgres import Database

# Rows are locked in the order of ids, so that two writers wait for each other and never in a circle.
# A content that the caller knows is not sent back.
_UPDATE = f"""
WITH edit AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[])
        AS e (id, expected_version, title, title_key, content, content_bytes, snippet)
),
locked AS MATERIALIZED (
    SELECT n.id, n.version FROM notes n
    WHERE n.id = ANY ($1::uuid[]) AND n.deleted_at IS NULL
    ORDER BY n.id
    FOR UPDATE
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
    WHERE notes.id = locked.id AND edit.expected_version IN (0, locked.version)
    RETURNING {note_columns(content="CASE WHEN edit.content IS NULL THEN notes.content END AS content")}
)
SELECT locked.id AS locked_id, locked.version AS locked_version, changed.*
FROM locked LEFT JOIN changed ON changed.id = locked.id"""


class EditStore:
    """Updates notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, edits: Sequence[Edit]) -> Sequence[Edited]:
        """What became of each edit, in order. No note may appear twice, and each edit changes something."""
        titles = [edit.title for edit in edits]
        contents = [edit.content for edit in edits]
        rows = await self._database.fetch(
            _UPDATE,
            [edit.id for edit in edits],
            [edit.expected_version for edit in edits],
            [title and title.text for title in titles],
            [title and title.key for title in titles],
            [content and content.text for content in contents],
            [content and content.size for content in contents],
            [content and content.snippet for content in contents],
        )
        found = {row["locked_id"]: row for row in rows}
        results: list[Edited] = []
        for edit in edits:
            row = found.get(edit.id)
            if row is None:
                results.append(Missing())
            elif row["id"] is None:
                results.append(Stale(row["locked_version"]))
            else:
                note = note_of(row)
                results.append(note if edit.content is None else note._replace(content=edit.content.text))
        return results

"""Fills a migrated database of note_svc with very many notes, fast."""

from uuid import UUID

from service_kit.postgres.connection import Connection

# One person has this share of all notes, and as many are shared with them; the others have twenty each.
HEAVY_PART = 10
_EACH = 20
HEAVY = UUID(int=1)

# The rows of shared_notes as the trigger would make them: 3 people for each note, the heavy one for a tenth.
_NOTES = """
INSERT INTO notes (
    id, user_id, title, title_key, content, content_bytes, snippet, shared_with, request_digest, created_at, updated_at
)
SELECT
    gen_random_uuid(),
    CASE WHEN n % $2 = 0 THEN $1 ELSE md5('user ' || n / $3)::uuid END,
    'Note ' || md5(n::text), 'note ' || md5(n::text), repeat('lorem ipsum ', 20), 240, repeat('lorem ipsum ', 16),
    ARRAY[
        CASE WHEN n % $2 = 1 THEN $1 ELSE md5('reader ' || n / $3)::uuid END,
        md5('second ' || n / $3)::uuid, md5('third ' || n / $3)::uuid
    ],
    '', at, at + n % 977 * interval '1 minute'
FROM (SELECT n, now() - ($5 - n) * interval '1 second' AS at FROM generate_series($4::bigint, $5::bigint) AS n) AS s"""
_SHARES = """
INSERT INTO shared_notes (note_id, user_id, created_at, updated_at, title_key)
SELECT id, unnest(shared_with), created_at, updated_at, title_key FROM notes
ON CONFLICT DO NOTHING"""


async def fill(connection: Connection, number: int) -> None:
    """Adds notes, each shared with three people, and gathers statistics."""
    await connection.execute("ALTER TABLE notes DISABLE TRIGGER USER")
    await connection.execute("ALTER TABLE shared_notes DISABLE TRIGGER USER")
    await connection.execute(_NOTES, HEAVY, HEAVY_PART, _EACH, 1, number, timeout=3600)
    await connection.execute(_SHARES, timeout=3600)
    await connection.execute("ALTER TABLE notes ENABLE TRIGGER USER")
    await connection.execute("ALTER TABLE shared_notes ENABLE TRIGGER USER")
    await connection.execute("VACUUM (ANALYZE) notes, shared_notes", timeout=3600)

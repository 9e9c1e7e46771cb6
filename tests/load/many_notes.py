"""Fills a migrated database of note_svc with very many notes, fast."""

from uuid import UUID

from service_kit.postgres.connection import Connection

# One person has this share of all notes, and as many are shared with them; the others have twenty each.
HEAVY_PART = 10
_EACH = 20
HEAVY = UUID(int=1)

_NOTES = """
INSERT INTO notes (
    id, user_id, title, title_key, content, content_bytes, snippet, ever_shared, request_digest, created_at, updated_at
)
SELECT
    gen_random_uuid(),
    CASE WHEN n % $2 = 0 THEN $1 ELSE md5('user ' || n / $3)::uuid END,
    'Note ' || md5(n::text), 'note ' || md5(n::text), repeat('lorem ipsum ', 20), 240, repeat('lorem ipsum ', 16),
    true, '', at, at + n % 977 * interval '1 minute'
FROM (SELECT n, now() - ($5 - n) * interval '1 second' AS at FROM generate_series($4::bigint, $5::bigint) AS n) AS s"""
# With three people for each note; a tenth of all with the heavy one.
_SHARES = """
INSERT INTO shares (note_id, user_id, since, created_at, updated_at, title_key)
SELECT id, reader_id, created_at, created_at, updated_at, title_key
FROM (
    SELECT id, created_at, updated_at, title_key, row_number() OVER (ORDER BY created_at, id) AS n FROM notes
) AS numbered, unnest(ARRAY[
    CASE WHEN n % $2 = 1 THEN $1 ELSE md5('reader ' || n / $3)::uuid END,
    md5('second ' || n / $3)::uuid, md5('third ' || n / $3)::uuid
]) AS reader (reader_id)"""


async def fill(connection: Connection, number: int) -> None:
    """Adds notes, each shared with three people, and gathers statistics."""
    await connection.execute("ALTER TABLE notes DISABLE TRIGGER USER")
    await connection.execute("ALTER TABLE shares DISABLE TRIGGER USER")
    await connection.execute(_NOTES, HEAVY, HEAVY_PART, _EACH, 1, number, timeout=3600)
    await connection.execute(_SHARES, HEAVY, HEAVY_PART, _EACH, timeout=3600)
    await connection.execute("ALTER TABLE notes ENABLE TRIGGER USER")
    await connection.execute("ALTER TABLE shares ENABLE TRIGGER USER")
    await connection.execute("VACUUM (ANALYZE) notes, shares", timeout=3600)

"""How a note is read from a row."""

from itertools import starmap

from asyncpg import Record

from note_svc.domain.note import Note
from note_svc.domain.share import Share

_OF_SHARES = {"shares", "share_count"}
_TIMES = {"created_at", "updated_at", "deleted_at"}


def unix_microseconds(time: str) -> str:
    """The SQL expression for a note's form of a time: the driver takes longer for a timestamp than for all the rest."""
    return f"(date_part('epoch', {time}) * 1000000)::bigint"


def note_columns(*, content: str = "notes.content") -> str:
    """The columns of a note's row; an SQL expression may stand for the content."""
    columns = {field: f"notes.{field}" for field in Note._fields if field not in _OF_SHARES}
    columns |= {field: unix_microseconds(f"notes.{field}") for field in _TIMES}
    columns["content"] = content
    return ", ".join(f"{column} AS {field}" for field, column in columns.items())


def share_columns(limit: int | None = None) -> str:
    """The columns of `shares`, of which a limit takes the first; they follow those of the note."""
    first = "" if limit is None else f"[:{limit}]"
    return f"shares.user_ids{first}, shares.since{first}, cardinality(shares.user_ids) AS share_count"


# What statements join that only read.
READ_SHARES = f"""LEFT JOIN LATERAL (
    SELECT array_agg(s.user_id) AS user_ids, array_agg({unix_microseconds("s.since")}) AS since
    FROM (SELECT user_id, since FROM shares WHERE note_id = notes.id ORDER BY since, user_id) AS s
) AS shares ON notes.ever_shared"""

# The last columns of a row that `note_of` reads.
_COLUMNS = len(Note._fields) + 1


def note_of(row: Record) -> Note:
    """A note from a row whose last columns are `note_columns` and `share_columns`."""
    *fields, user_ids, since, share_count = row[-_COLUMNS:]
    if not user_ids:
        return Note._make((*fields, [], 0))
    return Note._make((*fields, list(starmap(Share, zip(user_ids, since, strict=True))), share_count))

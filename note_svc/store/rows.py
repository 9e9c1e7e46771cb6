"""How a note is read from a row."""

from asyncpg import Record

from note_svc.domain.note import Note

_WIDTH = len(Note._fields)
_TIMES = {"created_at", "updated_at", "deleted_at"}


def note_columns(*, content: str = "notes.content") -> str:
    """The columns of a note, in the order of its fields; an SQL expression may stand for the content."""
    columns = {field: f"notes.{field}" for field in Note._fields}
    columns |= {field: unix_microseconds(f"notes.{field}") for field in _TIMES}
    columns["content"] = content
    return ", ".join(f"{column} AS {field}" for field, column in columns.items())


def unix_microseconds(time: str) -> str:
    """The SQL expression for a note's form of a time: the driver takes longer for a timestamp than for all the rest."""
    return f"(date_part('epoch', {time}) * 1000000)::bigint"


def note_of(row: Record) -> Note:
    """A note from a row whose last columns are `note_columns`."""
    return Note._make(row[-_WIDTH:])

"""How a note is read from a row."""

from asyncpg import Record

from note_svc.domain.note import Note

_WIDTH = len(Note._fields)


def note_columns(table: str = "notes", *, content: str | None = None) -> str:
    """The columns of a note, in the order of its fields; an SQL expression may stand for the content."""
    return ", ".join(content if content and field == "content" else f"{table}.{field}" for field in Note._fields)


def note_of(row: Record) -> Note:
    """A note from a row whose last columns are `note_columns`."""
    return Note(*row[-_WIDTH:])

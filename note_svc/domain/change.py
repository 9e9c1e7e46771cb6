"""What a write does to notes, and what comes of it."""

from typing import NamedTuple
from uuid import UUID

from note_svc.domain.content import Content
from note_svc.domain.note import Note
from note_svc.domain.title import Title


class NewNote(NamedTuple):
    """A note to be written. `digest` is the same for the same request only."""

    id: UUID
    user_id: UUID
    title: Title
    content: Content
    digest: bytes


class Edit(NamedTuple):
    """A change of title or content; None keeps what is there. `expected_version` 0 accepts any."""

    id: UUID
    title: Title | None
    content: Content | None
    expected_version: int


class Stale(NamedTuple):
    """The edit was based on another version than the note has."""

    current_version: int


class Missing(NamedTuple):
    """There is no such note, or it is deleted."""


class OwnerDeleted(NamedTuple):
    """The user that a note was written for is deleted."""


class IdTaken(NamedTuple):
    """Another note has the id that the client chose."""


Created = Note | OwnerDeleted | IdTaken
Edited = Note | Stale | Missing

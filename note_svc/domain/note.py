"""A note as it is stored."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from service_kit.errors import NotFound

# How long a deleted note can be brought back.
KEPT_AFTER_DELETION = timedelta(days=30)


class Note(NamedTuple):
    """A note and the ids of those it is shared with, in the order in which they were added.

    `content` is None where a list left it out. `shared_since` tells when each of them was added, in Unix seconds:
    None for one who was before that was recorded, empty when all were. Other times are microseconds.
    """

    id: UUID
    user_id: UUID
    title: str
    content: str | None
    snippet: str
    shared_with: list[UUID]
    shared_since: list[int | None]
    version: int
    created_at: int
    updated_at: int
    deleted_at: int | None


class NoteNotFound(NotFound):
    """There is no such note, or it is deleted."""

    reason = "NOTE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("note not found")

"""A note as it is stored."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from note_svc.domain.share import Share
from service_kit.errors import NotFound

# How long a deleted note can be brought back.
KEPT_AFTER_DELETION = timedelta(days=30)


class Note(NamedTuple):
    """A note and its shares, in the order in which they were added.

    `content` is None where a list left it out. `shares` are the first of as many as `share_count` says: a list leaves
    the others out. Times are Unix microseconds.
    """

    id: UUID
    user_id: UUID
    title: str
    content: str | None
    snippet: str
    version: int
    created_at: int
    updated_at: int
    deleted_at: int | None
    shares: list[Share]
    share_count: int

    @property
    def named(self) -> list[UUID]:
        """Whom it names: the owner, then the readers."""
        return [self.user_id, *self.readers]

    @property
    def readers(self) -> list[UUID]:
        """To whom the shares belong."""
        return [share.user_id for share in self.shares]


class NoteNotFound(NotFound):
    """There is no such note, or it is deleted."""

    reason = "NOTE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("note not found")

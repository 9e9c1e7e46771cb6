"""What is written to notes, and why it may not be."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from note_svc.domain.content import Content
from note_svc.domain.title import Title
from service_kit.errors import Aborted, AlreadyExists, Unavailable


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


class NoteExists(AlreadyExists):
    """Another note has the id that the client chose."""

    reason = "NOTE_EXISTS"

    def __init__(self) -> None:
        super().__init__("note already exists")


class StaleVersion(Aborted):
    """The edit was based on another version than the note has."""

    reason = "STALE_VERSION"

    def __init__(self, current_version: int) -> None:
        super().__init__("note was changed meanwhile")
        self.current_version = current_version

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"current_version": str(self.current_version)}


class NoteLocked(Unavailable):
    """Somebody else has the note locked for longer than an edit waits."""

    reason = "NOTE_LOCKED"

    def __init__(self) -> None:
        super().__init__("the note is locked")


def digest_of(user_id: UUID, title: str, content: str) -> bytes:
    """The same for the same owner, title and content only, as the client sent them."""
    # Its length keeps the title and the content apart.
    encoded = title.encode()
    header = user_id.bytes + len(encoded).to_bytes(4, "big")
    return hashlib.blake2b(header + encoded + content.encode(), digest_size=16).digest()

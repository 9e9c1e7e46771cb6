"""Requests that name or write one note, checked: every fault of a request is told at once."""

from typing import NamedTuple
from uuid import UUID

from note_svc.domain.change import Edit, NewNote, digest_of
from note_svc.domain.content import Content, content_fault
from note_svc.domain.note import NoteNotFound
from note_svc.domain.person import UserNotFound
from note_svc.domain.title import Title, title_fault
from notewire_proto import note_pb2
from service_kit.errors import Violations
from service_kit.ids import new_id, new_id_fault, parse_id


class Share(NamedTuple):
    """A note and somebody else."""

    note_id: UUID
    user_id: UUID


def parse_note_id(text: str) -> UUID:
    """Raises InvalidArgument for an empty id, and NotFound for one that names nothing."""
    note_id = parse_id(text)
    if note_id is None:
        raise NoteNotFound
    return note_id


def parse_new_note(request: note_pb2.CreateNoteRequest) -> NewNote:
    """Raises InvalidArgument, and NotFound for an owner that cannot exist."""
    violations = Violations()
    violations.add("title", title_fault(request.title))
    violations.add("content", content_fault(request.content))
    violations.add("user_id", _required(request.user_id))
    violations.add("id", new_id_fault(request.id) if request.id else None)
    violations.raise_any()
    user_id = parse_id(request.user_id, "user_id")
    if user_id is None:
        raise UserNotFound
    note_id = UUID(request.id) if request.id else new_id()
    digest = digest_of(user_id, request.title, request.content)
    return NewNote(note_id, user_id, Title.of(request.title), Content.of(request.content), digest)


def parse_edit(request: note_pb2.UpdateNoteRequest) -> Edit:
    """Raises InvalidArgument, and NotFound for an id that names nothing."""
    violations = Violations()
    violations.add("id", _required(request.id))
    title = content = None
    if request.HasField("title"):
        violations.add("title", title_fault(request.title))
        title = Title.of(request.title)
    if request.HasField("content"):
        violations.add("content", content_fault(request.content))
        content = Content.of(request.content)
    violations.add("expected_version", "must not be negative" if request.expected_version < 0 else None)
    violations.raise_any()
    return Edit(parse_note_id(request.id), title, content, request.expected_version)


def parse_share(request: note_pb2.ShareNoteRequest | note_pb2.UnshareNoteRequest) -> Share:
    """Raises InvalidArgument, and NotFound for ids that name nothing."""
    violations = Violations()
    violations.add("note_id", _required(request.note_id))
    violations.add("user_id", _required(request.user_id))
    violations.raise_any()
    note_id, user_id = parse_id(request.note_id), parse_id(request.user_id)
    if note_id is None:
        raise NoteNotFound
    if user_id is None:
        raise UserNotFound
    return Share(note_id, user_id)


def _required(text: str) -> str | None:
    return None if text else "is required"

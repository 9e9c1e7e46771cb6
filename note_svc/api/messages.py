"""Notes as protobuf messages.

What was encoded before is merged, which takes a quarter of the time of setting fields. An encoded message may be cut at
any field: https://protobuf.dev/programming-guides/encoding/#last-one-wins
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from note_svc.actions.shown import ShownNote
from note_svc.domain.note import Note
from note_svc.domain.person import Person
from notewire_proto import note_pb2

_SECOND = 1_000_000
ENCODED_PEOPLE = 10_000


class EncodedNote(NamedTuple):
    """A note as a protobuf message without names, encoded, and whose names it shows."""

    fields: bytes
    owner: UUID
    shared_with: tuple[UUID, ...]


def encode_note(note: Note) -> EncodedNote:
    """The note without names."""
    return EncodedNote(_nameless(note).SerializeToString(), note.user_id, tuple(note.readers))


class NoteMessages:
    """Makes messages of notes, and remembers how the names of so many people are encoded in them."""

    def __init__(self, encoded_people: int = ENCODED_PEOPLE) -> None:
        self._as_owner = lru_cache(encoded_people)(_as_owner)
        self._as_shared_with = lru_cache(encoded_people)(_as_shared_with)

    def note(self, shown: ShownNote) -> note_pb2.Note:
        """The note with the names that are known."""
        message = _nameless(shown.note)
        message.MergeFromString(self._names(shown.note.user_id, shown.note.readers, shown.people))
        return message

    def decode(self, message: note_pb2.Note, note: EncodedNote, people: Mapping[UUID, Person]) -> None:
        """Writes a note into an empty message, with the names that are known."""
        message.MergeFromString(note.fields + self._names(note.owner, note.shared_with, people))

    def _names(self, owner: UUID, shared_with: Iterable[UUID], people: Mapping[UUID, Person]) -> bytes:
        """The fields with the names that are known, as they are encoded in a note."""
        fields = [self._as_shared_with(people[user_id]) for user_id in shared_with if user_id in people]
        if owner in people:
            fields.append(self._as_owner(people[owner]))
        return b"".join(fields)


def _nameless(note: Note) -> note_pb2.Note:
    """Setting fields in place takes half the time of giving messages to constructors, which copy them."""
    message = note_pb2.Note()
    message.id = str(note.id)
    message.title = note.title
    if note.content is None:
        message.content_omitted = True
    else:
        message.content = note.content
    message.user_id = str(note.user_id)
    message.created_at = note.created_at // _SECOND
    message.updated_at = note.updated_at // _SECOND
    message.version = note.version
    message.snippet = note.snippet
    if note.deleted_at is not None:
        message.deleted_at = note.deleted_at // _SECOND
    if note.shares:
        message.shared_with_user_ids.extend([str(user_id) for user_id in note.readers])
        message.shared_with_since.extend([share.since // _SECOND for share in note.shares])
        message.shared_with_count = note.share_count
    return message


def _as_owner(person: Person) -> bytes:
    """The field `user` as it is encoded in a note."""
    return note_pb2.Note(user=_info(person)).SerializeToString()


def _as_shared_with(person: Person) -> bytes:
    """One value of the field `shared_with_users` as it is encoded in a note."""
    return note_pb2.Note(shared_with_users=[_info(person)]).SerializeToString()


def _info(person: Person) -> note_pb2.UserInfo:
    return note_pb2.UserInfo(id=str(person.id), username=person.username, email=person.email)

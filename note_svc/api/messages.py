"""Notes as protobuf messages.

What was encoded before is merged, which takes a quarter of the time of setting fields. An encoded message may be cut at
any field: https://protobuf.dev/programming-guides/encoding/#last-one-wins
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from note_svc.domain.note import Note
from note_svc.domain.person import Person
from notewire_proto import note_pb2

_SECOND = 1_000_000
_ENCODED_PEOPLE = 10_000


class EncodedNote(NamedTuple):
    """A note as a protobuf message without names, encoded, and whose names it shows."""

    fields: bytes
    owner: str
    shared_with: tuple[str, ...]


def encode_note(note: Note) -> EncodedNote:
    """The note without names."""
    message = _nameless(note)
    return EncodedNote(message.SerializeToString(), message.user_id, tuple(message.shared_with_user_ids))


def people_of(notes: Iterable[EncodedNote]) -> set[str]:
    """The ids of all owners and of all people that the notes are shared with."""
    people: set[str] = set()
    for note in notes:
        people.add(note.owner)
        people.update(note.shared_with)
    return people


def decode_note(message: note_pb2.Note, note: EncodedNote, people: Mapping[str, Person]) -> None:
    """Writes a note into an empty message, with the names that are known."""
    message.MergeFromString(note.fields + _names(note.owner, note.shared_with, people))


def note_message(note: Note, people: Mapping[str, Person]) -> note_pb2.Note:
    """The note with the names that are known."""
    message = _nameless(note)
    message.MergeFromString(_names(message.user_id, message.shared_with_user_ids, people))
    return message


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
    message.shared_with_user_ids.extend([str(user_id) for user_id in note.shared_with])
    message.shared_with_since.extend([at or 0 for at in note.shared_since] or [0] * len(note.shared_with))
    return message


def _names(owner: str, shared_with: Iterable[str], people: Mapping[str, Person]) -> bytes:
    """The fields with the names that are known, as they are encoded in a note."""
    fields = [_as_shared_with(people[user_id]) for user_id in shared_with if user_id in people]
    if owner in people:
        fields.append(_as_owner(people[owner]))
    return b"".join(fields)


@lru_cache(_ENCODED_PEOPLE)
def _as_owner(person: Person) -> bytes:
    """The field `user` as it is encoded in a note."""
    return note_pb2.Note(user=_info(person)).SerializeToString()


@lru_cache(_ENCODED_PEOPLE)
def _as_shared_with(person: Person) -> bytes:
    """One value of the field `shared_with_users` as it is encoded in a note."""
    return note_pb2.Note(shared_with_users=[_info(person)]).SerializeToString()


def _info(person: Person) -> note_pb2.UserInfo:
    return note_pb2.UserInfo(id=person.id, username=person.username, email=person.email)

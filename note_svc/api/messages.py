"""Notes as protobuf messages.

What was encoded before is merged, which takes a quarter of the time of setting fields. An encoded message may be cut at
any field: https://protobuf.dev/programming-guides/encoding/#last-one-wins
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from note_svc.actions.shown import ShownNote
from note_svc.domain.note import Note
from note_svc.domain.person import Person
from notewire_proto import note_pb2

_SECOND = 1_000_000
ENCODED_PEOPLE = 10_000


class EncodedNote(NamedTuple):
    """A note as a protobuf message without names, encoded, and whose names it shows: the owner's first."""

    fields: bytes
    named: tuple[UUID, ...]


class EncodedPerson(NamedTuple):
    """A person as the fields of a note in which their name stands."""

    person: Person
    as_owner: bytes
    as_reader: bytes


def encode_note(note: Note) -> EncodedNote:
    """The note without names."""
    return EncodedNote(_nameless(note).SerializeToString(), tuple(note.named))


class NoteMessages:
    """Makes messages of notes, and remembers how the names of so many people are encoded in them."""

    def __init__(self, encoded_people: int = ENCODED_PEOPLE) -> None:
        self._encoded_people = encoded_people
        self._encoded: dict[UUID, EncodedPerson] = {}

    def names(self, people: Mapping[UUID, Person]) -> Mapping[UUID, EncodedPerson]:
        """The people as notes show them."""
        names = {}
        for user_id, person in people.items():
            encoded = self._encoded.get(user_id)
            # A person who has changed is another object; to compare what it holds takes longer than all of this.
            if encoded is None or encoded.person is not person:
                encoded = self._encode(user_id, person)
            names[user_id] = encoded
        return names

    def note(self, shown: ShownNote) -> note_pb2.Note:
        """The note with the names that are known."""
        message = _nameless(shown.note)
        message.MergeFromString(_encoded_names(shown.note.named, self.names(shown.people)))
        return message

    def _encode(self, user_id: UUID, person: Person) -> EncodedPerson:
        if len(self._encoded) >= self._encoded_people:
            self._encoded.clear()
        info = note_pb2.UserInfo(id=str(user_id), username=person.username, email=person.email)
        as_owner = note_pb2.Note(user=info).SerializeToString()
        as_reader = note_pb2.Note(shared_with_users=[info]).SerializeToString()
        encoded = self._encoded[user_id] = EncodedPerson(person, as_owner, as_reader)
        return encoded


def decode_note(message: note_pb2.Note, note: EncodedNote, names: Mapping[UUID, EncodedPerson]) -> None:
    """Writes a note into an empty message, with the names that are known."""
    message.MergeFromString(note.fields + _encoded_names(note.named, names))


def _encoded_names(named: Sequence[UUID], names: Mapping[UUID, EncodedPerson]) -> bytes:
    owner, *readers = named
    get = names.get
    fields = [encoded.as_reader for user_id in readers if (encoded := get(user_id)) is not None]
    if (encoded := get(owner)) is not None:
        fields.append(encoded.as_owner)
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

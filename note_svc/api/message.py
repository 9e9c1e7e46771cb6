"""Notes as protobuf messages."""

from collections.abc import Iterable, Iterator, Mapping

from note_svc.domain.note import Note
from note_svc.domain.person import Person
from notewire_proto import note_pb2


def people_of(notes: Iterable[Note]) -> Iterator[str]:
    """The ids of all owners and of all people that the notes are shared with."""
    for note in notes:
        yield str(note.user_id)
        for user_id in note.shared_with:
            yield str(user_id)


def note_message(note: Note, people: Mapping[str, Person]) -> note_pb2.Note:
    """The note with the names that are known."""
    message = note_pb2.Note()
    fill_note(message, note, people)
    return message


def fill_note(message: note_pb2.Note, note: Note, people: Mapping[str, Person]) -> None:
    """Writes a note into an empty message.

    Setting fields in place takes half the time of giving messages to constructors, which copy them.
    """
    owner = str(note.user_id)
    message.id = str(note.id)
    message.title = note.title
    if note.content is None:
        message.content_omitted = True
    else:
        message.content = note.content
    message.user_id = owner
    message.created_at = int(note.created_at.timestamp())
    message.updated_at = int(note.updated_at.timestamp())
    message.version = note.version
    message.snippet = note.snippet
    if note.deleted_at is not None:
        message.deleted_at = int(note.deleted_at.timestamp())
    person = people.get(owner)
    if person is not None:
        user = message.user
        user.id, user.username, user.email = person
    shared_with = [str(user_id) for user_id in note.shared_with]
    message.shared_with_user_ids.extend(shared_with)
    for user_id in shared_with:
        person = people.get(user_id)
        if person is not None:
            message.shared_with_users.add(id=person.id, username=person.username, email=person.email)

"""What the user directory says, in the words of this service."""

from uuid import UUID

from note_svc.domain.person import Person
from note_svc.people.cache import PersonChange
from notewire_proto.user_pb2 import User, UserChange, WatchUsersResponse

# A step of the feed holds at most so many changes.
_FULL_STEP = 500


def person_of(user: User) -> Person:
    """As much of a user as a note shows."""
    return Person(id=UUID(user.id), username=user.username, email=user.email)


def change_of(change: UserChange) -> PersonChange:
    """A change of the feed."""
    person = None if change.HasField("deleted") else person_of(change.updated)
    return PersonChange(UUID(change.user_id), change.position, person)


def is_complete(step: WatchUsersResponse) -> bool:
    """Whether the feed had nothing more. A directory of the previous release, which gives no cursor, does not say."""
    return step.complete if step.cursor else len(step.changes) < _FULL_STEP

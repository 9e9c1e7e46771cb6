"""What this process knows of users: a bounded memory that the change feed keeps right.

Two sources feed it, the answers of BatchGetUsers and the changes of WatchUsers, and they race. Each entry therefore
has the position of the feed that it holds for, and only something newer replaces it. An answer is compared with the
last change of its user even when the cache held nothing of them, so a slow answer never brings an old name back.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from note_svc.domain.person import Person
from notewire_proto.user_pb2 import User, UserChange

# A cached user counts while the feed was heard of within this time.
FRESH_SECONDS = 2.0
MAX_USERS = 50_000
MAX_CHANGES = 10_000


class _Entry(NamedTuple):
    person: Person
    position: int


class UserCache:
    """Users by id. Full, it forgets the one that it learnt first."""

    def __init__(self, now: Callable[[], float], *, max_users: int = MAX_USERS, max_changes: int = MAX_CHANGES) -> None:
        self._now = now
        self._max_users = max_users
        self._max_changes = max_changes
        self._entries: dict[UUID, _Entry] = {}
        # Position of the last change of a user. Those up to the floor are forgotten.
        self._changes: dict[UUID, int] = {}
        self._floor = -1
        self._heard_at = float("-inf")
        self.position = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def age(self) -> float:
        """Seconds since the feed was last known to be complete; infinite before the first time."""
        return self._now() - self._heard_at

    @property
    def fresh(self) -> bool:
        """Whether what is cached counts."""
        return self._now() - self._heard_at < FRESH_SECONDS

    def get(self, user_id: UUID) -> Person | None:
        """The user as last heard of."""
        entry = self._entries.get(user_id)
        return None if entry is None else entry.person

    def begin(self, position: int) -> None:
        """The feed starts after a position: what was learnt before it may have changed unseen."""
        self._floor = max(self._floor, position)
        self._entries = {key: entry for key, entry in self._entries.items() if entry.position >= position}

    def apply(self, changes: Iterable[UserChange], position: int, *, complete: bool) -> None:
        """Takes one step of the feed. `complete` says that the feed had nothing more at that moment."""
        for change in changes:
            self._apply(change)
        self.position = max(self.position, position)
        if complete:
            self._heard_at = self._now()

    def learn(self, asked: Iterable[UUID], found: Mapping[UUID, Person], position: int) -> None:
        """Takes an answer to a question for some ids, at least as new as the position."""
        for user_id in asked:
            if not self._is_news(user_id, position):
                continue
            person = found.get(user_id)
            if person is None:
                self._entries.pop(user_id, None)
            else:
                self._put(person, position)

    def _apply(self, change: UserChange) -> None:
        user_id = UUID(change.user_id)
        entry = self._entries.get(user_id)
        if entry is None or change.position > entry.position:
            if change.HasField("deleted"):
                self._entries.pop(user_id, None)
            elif entry is not None:
                # Whom nobody asked for is not kept: a replay of the feed would push out those who are.
                self._put(person_of(change.updated), change.position)
        self._changes.pop(user_id, None)
        self._changes[user_id] = change.position
        if len(self._changes) > self._max_changes:
            oldest = next(iter(self._changes))
            self._floor = max(self._floor, self._changes.pop(oldest))

    def _is_news(self, user_id: UUID, position: int) -> bool:
        entry = self._entries.get(user_id)
        if entry is not None and entry.position > position:
            return False
        last_change = self._changes.get(user_id)
        return position >= (self._floor if last_change is None else last_change)

    def _put(self, person: Person, position: int) -> None:
        if person.id not in self._entries and len(self._entries) >= self._max_users:
            del self._entries[next(iter(self._entries))]
        self._entries[person.id] = _Entry(person, position)


def person_of(user: User) -> Person:
    """As much of a user as a note shows."""
    return Person(id=UUID(user.id), username=user.username, email=user.email)

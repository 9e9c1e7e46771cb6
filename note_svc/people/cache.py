"""What this process knows of users: a bounded memory that the change feed keeps right.

Two sources feed it, the answers of BatchGetUsers and the changes of WatchUsers, and they race. Each entry therefore
has the position of the feed that it holds for, and only something newer replaces it. An answer is compared with the
last change of its user even when the cache held nothing of them, so a slow answer never brings an old name back.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from note_svc.domain.person import Person

# A cached user counts while the feed was heard of within this time.
FRESH_SECONDS = 2.0
MAX_USERS = 50_000
MAX_CHANGES = 10_000


class PersonChange(NamedTuple):
    """A user as of a position of the feed; None means deleted."""

    user_id: UUID
    position: int
    person: Person | None


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
        # Grows when the feed may go on with another history; an answer asked for before that is worthless.
        self.history = 0

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

    def known(self, user_ids: Iterable[UUID]) -> tuple[dict[UUID, Person], set[UUID]]:
        """Those of the users who are here, as last heard of, and the ids of the others."""
        get = self._entries.get
        found, missing = {}, set()
        for user_id in user_ids:
            entry = get(user_id)
            if entry is None:
                missing.add(user_id)
            else:
                found[user_id] = entry.person
        return found, missing

    def begin(self, position: int) -> None:
        """The feed begins after a position: nothing that was learnt counts, until the feed is complete."""
        self._entries.clear()
        self._changes.clear()
        self._floor = position
        self._heard_at = float("-inf")
        self.position = position
        self.history += 1

    def go_on(self, position: int) -> None:
        """The feed goes on after a position, perhaps with another history than the one in which it broke off.

        What was learnt beyond the position, or is being asked for, may be of that one.
        """
        self._entries = {key: entry for key, entry in self._entries.items() if entry.position <= position}
        self.history += 1

    def apply(self, changes: Iterable[PersonChange], position: int, *, complete: bool) -> None:
        """Takes one step of the feed. `complete` says that the feed had nothing more at that moment."""
        for change in changes:
            self._apply(change)
        self.position = max(self.position, position)
        if complete:
            self._heard_at = self._now()

    def learn(self, asked: Iterable[UUID], found: Mapping[UUID, Person], position: int, history: int) -> None:
        """Takes an answer to a question for some ids, at least as new as the position.

        `history` is what the cache's was when the question was asked.
        """
        if history != self.history:
            return
        for user_id in asked:
            if not self._is_news(user_id, position):
                continue
            person = found.get(user_id)
            if person is None:
                self._entries.pop(user_id, None)
            else:
                self._put(person, position)

    def _apply(self, change: PersonChange) -> None:
        user_id = change.user_id
        entry = self._entries.get(user_id)
        # Whom nobody asked for is not kept: a replay of the feed would push out those who are.
        if entry is not None and change.position > entry.position:
            if change.person is None:
                del self._entries[user_id]
            else:
                self._put(change.person, change.position)
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

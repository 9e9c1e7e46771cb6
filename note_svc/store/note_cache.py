"""Encoded notes, kept by the row version that they were made of.

A page names each of its notes in the state that it has, and only those that are not here in that state are read. So
nothing old is ever shown, and the same pages again cost one short statement.
"""

from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from cachetools import LRUCache

Encoded = TypeVar("Encoded")

MAX_BYTES = 16 * 1024 * 1024


class NoteState(NamedTuple):
    """One state of a note, with its content or without.

    `xid` is the transaction that wrote the row (PostgreSQL's xmin): it tells any two states apart, until a restored
    database counts the same numbers again. The time of the last edit, in microseconds, is for that case.
    """

    id: UUID
    xid: int
    updated_at: int
    with_content: bool


class NoteCache(Generic[Encoded]):
    """At most so many bytes of encoded notes; those go first that were asked for longest ago."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._notes: LRUCache[NoteState, tuple[Encoded, int]] = LRUCache(max_bytes, getsizeof=_size)

    @property
    def bytes(self) -> int:
        """How many are kept."""
        return int(self._notes.currsize)

    def get(self, state: NoteState) -> Encoded | None:
        """The note in that state."""
        # Indexing hashes the state half as often as LRUCache.get.
        try:
            return self._notes[state][0]
        except KeyError:
            return None

    def keep(self, state: NoteState, note: Encoded, size: int) -> None:
        """Remembers a note that takes so many bytes; one that takes more than there are is not kept."""
        if size <= self._notes.maxsize:
            self._notes[state] = note, size


def _size(kept: tuple[object, int]) -> int:
    return kept[1]

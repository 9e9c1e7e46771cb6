"""What was made of the notes that were read lately.

A page names each of its notes in the state that it has, and only those that are not here in that state are read. So
nothing old is ever shown, and the same pages again cost one short statement.
"""

from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

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
    """At most so many bytes of what was made of notes; those go first that were asked for longest ago."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._forms: OrderedDict[NoteState, tuple[Encoded, int]] = OrderedDict()
        self.bytes = 0

    def get(self, state: NoteState) -> Encoded | None:
        """What was made of the note in that state."""
        kept = self._forms.get(state)
        if kept is None:
            return None
        self._forms.move_to_end(state)
        return kept[0]

    def keep(self, state: NoteState, form: Encoded, size: int) -> None:
        """Remembers a form that takes so many bytes."""
        self.bytes += size - self._forms.pop(state, (form, 0))[1]
        self._forms[state] = form, size
        while self.bytes > self._max_bytes:
            _, (_, oldest) = self._forms.popitem(last=False)
            self.bytes -= oldest

"""What a caller is shown: notes, and the names of those whom they name."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol
from uuid import UUID

from note_svc.domain.note import Note
from note_svc.domain.person import Person
from service_kit.rpc.caller import Call


class People(Protocol):
    """Who the users are. `budget` is how long a caller can wait, in seconds; None means it does not say."""

    async def known(self, user_ids: Collection[UUID], budget: float | None) -> Mapping[UUID, Person]:
        """Those of the users whose names can be had. Never fails."""

    async def require(self, user_id: UUID, budget: float | None) -> None:
        """Returns when the user exists. Raises UserNotFound, and Unavailable when nobody says so in time."""


class ShownNote(NamedTuple):
    """A note, and the names that are known."""

    note: Note
    people: Mapping[UUID, Person]


async def shown(call: Call, note: Note, people: People) -> ShownNote:
    """The note with the names of its owner and of those it is shared with, as far as they can be had."""
    return ShownNote(note, await people.known(note.named, call.remaining()))

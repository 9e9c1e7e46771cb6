"""Pages of notes: who may see which is decided here."""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from note_svc.actions.shown import People
from note_svc.domain.listing import Listing, NotePage
from note_svc.domain.person import Person
from service_kit.rpc.caller import Call


class Listed(Protocol):
    """A note as a list has it: encoded already, and whom it names."""

    @property
    def named(self) -> Sequence[UUID]:
        """Whose names it shows."""


Encoded = TypeVar("Encoded", bound=Listed)


class Lists(Protocol[Encoded]):
    """Where lists are read."""

    async def page(self, listing: Listing) -> NotePage[Encoded]:
        """The page. Raises Unavailable."""


class ShownPage(NamedTuple, Generic[Encoded]):
    """A page of notes, and the names that are known."""

    page: NotePage[Encoded]
    people: Mapping[UUID, Person]


class ListActions(Generic[Encoded]):
    """The use cases of lists."""

    def __init__(self, lists: Lists[Encoded], people: People) -> None:
        self._lists = lists
        self._people = people

    async def page(self, call: Call, listing: Listing) -> ShownPage[Encoded]:
        """One page, with the names of all whom its notes name, as far as they can be had. Raises Unavailable."""
        page = await self._lists.page(listing)
        named = set[UUID]().union(*(note.named for note in page.notes))
        return ShownPage(page, await self._people.known(named, call.remaining()))

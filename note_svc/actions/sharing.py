"""Giving a note to somebody and taking it back: who may do it is decided here."""

from typing import Protocol
from uuid import UUID

from note_svc.actions.shown import People, ShownNote, shown
from note_svc.domain.note import Note
from service_kit.rpc.caller import Call


class Shares(Protocol):
    """Where it is kept who has which note. Every method raises Unavailable when that does not answer."""

    async def share(self, note_id: UUID, user_id: UUID) -> Note:
        """Raises NoteNotFound, UserNotFound, SharedWithOwner, AlreadyShared and TooManyShares."""

    async def unshare(self, note_id: UUID, user_id: UUID) -> Note:
        """Raises NoteNotFound and NotShared."""


class SharingActions:
    """The use cases of shares."""

    def __init__(self, shares: Shares, people: People) -> None:
        self._shares = shares
        self._people = people

    async def share(self, call: Call, note_id: UUID, user_id: UUID) -> ShownNote:
        """Lets one more person read the note; raises what `Shares.share` does."""
        await self._people.require(user_id, call.remaining())
        return await shown(call, await self._shares.share(note_id, user_id), self._people)

    async def unshare(self, call: Call, note_id: UUID, user_id: UUID) -> ShownNote:
        """Takes a share back; raises what `Shares.unshare` does."""
        return await shown(call, await self._shares.unshare(note_id, user_id), self._people)

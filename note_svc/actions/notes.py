"""What may be done with single notes: who may do it is decided here."""

from typing import Protocol
from uuid import UUID

from note_svc.actions.shown import People, ShownNote, shown
from note_svc.domain.change import Edit, NewNote, StaleVersion
from note_svc.domain.note import Note
from service_kit.rpc.caller import Call


class Notes(Protocol):
    """Where notes are kept. Every method raises Unavailable when that does not answer."""

    async def get(self, note_id: UUID) -> Note:
        """Raises NoteNotFound."""

    async def delete(self, note_id: UUID) -> None:
        """Takes the note out of sight. Raises NoteNotFound."""

    async def undelete(self, note_id: UUID) -> Note:
        """The note, in sight again. Raises NoteNotFound, also when it was deleted too long ago."""


class Creates(Protocol):
    """Where new notes are written."""

    async def create(self, note: NewNote) -> Note:
        """Raises NoteExists, UserNotFound and Unavailable."""


class Edits(Protocol):
    """Where notes are changed."""

    async def edit(self, edit: Edit) -> Note:
        """Raises NoteNotFound, StaleVersion, NoteLocked and Unavailable."""


class NoteActions:
    """The use cases of a note."""

    def __init__(self, notes: Notes, creates: Creates, edits: Edits, people: People) -> None:
        self._notes = notes
        self._creates = creates
        self._edits = edits
        self._people = people

    async def create(self, call: Call, new: NewNote) -> ShownNote:
        """Writes a note; one that is there from the same request is answered as it is now.

        Raises UserNotFound, NoteExists and Unavailable.
        """
        await self._people.require(new.user_id, call.remaining())
        return await shown(call, await self._creates.create(new), self._people)

    async def get(self, call: Call, note_id: UUID) -> ShownNote:
        """Raises NoteNotFound and Unavailable."""
        return await shown(call, await self._notes.get(note_id), self._people)

    async def edit(self, call: Call, edit: Edit) -> ShownNote:
        """Changes title or content. Raises NoteNotFound, StaleVersion and Unavailable."""
        return await shown(call, await self._edited(edit), self._people)

    async def delete(self, call: Call, note_id: UUID) -> None:
        """Takes the note out of sight. Raises NoteNotFound and Unavailable."""
        await self._notes.delete(note_id)

    async def undelete(self, call: Call, note_id: UUID) -> ShownNote:
        """Brings the note back; one that is not deleted stays as it is. Raises NoteNotFound and Unavailable."""
        return await shown(call, await self._notes.undelete(note_id), self._people)

    async def _edited(self, edit: Edit) -> Note:
        if edit.title is not None or edit.content is not None:
            return await self._edits.edit(edit)
        note = await self._notes.get(edit.id)
        if edit.expected_version not in {0, note.version}:
            raise StaleVersion(note.version)
        return note

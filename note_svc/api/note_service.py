"""NoteService: protobuf in, protobuf out."""

from note_svc.actions.lists import ListActions
from note_svc.actions.notes import NoteActions
from note_svc.actions.sharing import SharingActions
from note_svc.api.listing import PageRequest, next_token, parse_list, parse_list_by_user
from note_svc.api.messages import EncodedNote, NoteMessages, decode_note
from note_svc.api.requests import parse_edit, parse_new_note, parse_note_id, parse_share
from notewire_proto import note_pb2
from service_kit.page import Total
from service_kit.rpc.caller import Call


class NoteServiceApi:
    """Writes, lists and shares notes."""

    def __init__(
        self, notes: NoteActions, lists: ListActions[EncodedNote], sharing: SharingActions, messages: NoteMessages
    ) -> None:
        self._notes = notes
        self._lists = lists
        self._sharing = sharing
        self._messages = messages

    async def CreateNote(self, request: note_pb2.CreateNoteRequest, call: Call) -> note_pb2.Note:
        return self._messages.note(await self._notes.create(call, parse_new_note(request)))

    async def GetNote(self, request: note_pb2.GetNoteRequest, call: Call) -> note_pb2.Note:
        return self._messages.note(await self._notes.get(call, parse_note_id(request.id)))

    async def ListNotes(self, request: note_pb2.ListNotesRequest, call: Call) -> note_pb2.ListNotesResponse:
        return await self._page(call, parse_list(request))

    async def ListNotesByUser(self, request: note_pb2.ListNotesByUserRequest, call: Call) -> note_pb2.ListNotesResponse:
        page = parse_list_by_user(request)
        return note_pb2.ListNotesResponse() if page is None else await self._page(call, page)

    async def UpdateNote(self, request: note_pb2.UpdateNoteRequest, call: Call) -> note_pb2.Note:
        return self._messages.note(await self._notes.edit(call, parse_edit(request)))

    async def DeleteNote(self, request: note_pb2.DeleteNoteRequest, call: Call) -> note_pb2.DeleteNoteResponse:
        await self._notes.delete(call, parse_note_id(request.id))
        return note_pb2.DeleteNoteResponse(success=True)

    async def UndeleteNote(self, request: note_pb2.UndeleteNoteRequest, call: Call) -> note_pb2.Note:
        return self._messages.note(await self._notes.undelete(call, parse_note_id(request.id)))

    async def ShareNote(self, request: note_pb2.ShareNoteRequest, call: Call) -> note_pb2.ShareNoteResponse:
        shared = await self._sharing.share(call, *parse_share(request))
        return note_pb2.ShareNoteResponse(success=True, note=self._messages.note(shared))

    async def UnshareNote(self, request: note_pb2.UnshareNoteRequest, call: Call) -> note_pb2.UnshareNoteResponse:
        unshared = await self._sharing.unshare(call, *parse_share(request))
        return note_pb2.UnshareNoteResponse(success=True, note=self._messages.note(unshared))

    async def _page(self, call: Call, request: PageRequest) -> note_pb2.ListNotesResponse:
        page, people = await self._lists.page(call, request.listing)
        total = Total.of(page.counted)
        response = note_pb2.ListNotesResponse(
            total=total.rows,
            next_page_token=next_token(request, page.next_after),
            total_is_minimum=total.is_minimum,
        )
        names = self._messages.names(people)
        for note in page.notes:
            decode_note(response.notes.add(), note, names)
        return response

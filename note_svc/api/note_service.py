"""NoteService: protobuf in, protobuf out."""

from uuid import UUID

from note_svc.api.listing import PageRequest, next_token, parse_list, parse_list_by_user
from note_svc.api.messages import EncodedNote, decode_note, note_message, people_of
from note_svc.api.requests import (
    note_not_found,
    parse_edit,
    parse_new_note,
    parse_note_id,
    parse_share,
    user_not_found,
)
from note_svc.domain.change import Edited, IdTaken, Missing, OwnerDeleted, Stale
from note_svc.domain.note import MAX_SHARES, Note
from note_svc.domain.sharing import Refusal
from note_svc.people.lookup import UserLookup
from note_svc.store.creates import CreateStore
from note_svc.store.edits import EditStore
from note_svc.store.lists import ListStore
from note_svc.store.notes import NoteStore
from note_svc.store.shares import ShareStore
from notewire_proto import note_pb2, note_pb2_grpc
from service_kit.errors import Aborted, AlreadyExists, InvalidArgument, NotFound, ServiceError
from service_kit.page import Total
from service_kit.rpc.calls import Context

_NOT_SHARED = "note is not shared with this user"


class NoteServiceApi(note_pb2_grpc.NoteServiceServicer):
    """Writes, lists and shares notes."""

    def __init__(
        self,
        *,
        notes: NoteStore,
        lists: ListStore[EncodedNote],
        shares: ShareStore,
        creates: CreateStore,
        edits: EditStore,
        users: UserLookup,
    ) -> None:
        self._notes = notes
        self._lists = lists
        self._shares = shares
        self._creates = creates
        self._edits = edits
        self._users = users

    async def CreateNote(self, request: note_pb2.CreateNoteRequest, context: Context) -> note_pb2.Note:
        new = parse_new_note(request)
        await self._users.require(str(new.user_id), context.time_remaining())
        created = await self._creates.create(new)
        if isinstance(created, OwnerDeleted):
            raise user_not_found()
        if isinstance(created, IdTaken):
            raise AlreadyExists("note already exists", "NOTE_EXISTS")
        return await self._shown(created, context)

    async def GetNote(self, request: note_pb2.GetNoteRequest, context: Context) -> note_pb2.Note:
        return await self._shown(await self._get(parse_note_id(request.id)), context)

    async def ListNotes(self, request: note_pb2.ListNotesRequest, context: Context) -> note_pb2.ListNotesResponse:
        return await self._page(parse_list(request), context)

    async def ListNotesByUser(
        self, request: note_pb2.ListNotesByUserRequest, context: Context
    ) -> note_pb2.ListNotesResponse:
        page = parse_list_by_user(request)
        return note_pb2.ListNotesResponse() if page is None else await self._page(page, context)

    async def UpdateNote(self, request: note_pb2.UpdateNoteRequest, context: Context) -> note_pb2.Note:
        edit = parse_edit(request)
        if edit.title is None and edit.content is None:
            note = await self._get(edit.id)
            edited: Edited = note if edit.expected_version in {0, note.version} else Stale(note.version)
        else:
            edited = await self._edits.edit(edit)
        if isinstance(edited, Missing):
            raise note_not_found()
        if isinstance(edited, Stale):
            raise Aborted(
                "note was changed meanwhile", "STALE_VERSION", {"current_version": str(edited.current_version)}
            )
        return await self._shown(edited, context)

    async def DeleteNote(self, request: note_pb2.DeleteNoteRequest, context: Context) -> note_pb2.DeleteNoteResponse:
        if not await self._notes.delete(parse_note_id(request.id)):
            raise note_not_found()
        return note_pb2.DeleteNoteResponse(success=True)

    async def UndeleteNote(self, request: note_pb2.UndeleteNoteRequest, context: Context) -> note_pb2.Note:
        note = await self._notes.undelete(parse_note_id(request.id))
        if note is None:
            raise note_not_found()
        return await self._shown(note, context)

    async def ShareNote(self, request: note_pb2.ShareNoteRequest, context: Context) -> note_pb2.ShareNoteResponse:
        share = parse_share(request)
        await self._users.require(str(share.user_id), context.time_remaining())
        shared = await self._shares.share(share.note_id, share.user_id)
        if isinstance(shared, Refusal):
            raise _refused(shared)
        return note_pb2.ShareNoteResponse(success=True, note=await self._shown(shared, context))

    async def UnshareNote(self, request: note_pb2.UnshareNoteRequest, context: Context) -> note_pb2.UnshareNoteResponse:
        share = parse_share(request)
        note = await self._shares.unshare(share.note_id, share.user_id)
        if note is None:
            await self._get(share.note_id)
            raise NotFound(_NOT_SHARED, "NOT_SHARED")
        return note_pb2.UnshareNoteResponse(success=True, note=await self._shown(note, context))

    async def _get(self, note_id: UUID) -> Note:
        note = await self._notes.get(note_id)
        if note is None:
            raise note_not_found()
        return note

    async def _page(self, request: PageRequest, context: Context) -> note_pb2.ListNotesResponse:
        page = await self._lists.page(request.listing)
        people = await self._users.known(people_of(page.notes), context.time_remaining())
        total = Total.of(page.counted)
        response = note_pb2.ListNotesResponse(
            total=total.rows,
            next_page_token=next_token(request, page.next_after),
            total_is_minimum=total.is_minimum,
        )
        for note in page.notes:
            decode_note(response.notes.add(), note, people)
        return response

    async def _shown(self, note: Note, context: Context) -> note_pb2.Note:
        people = {str(note.user_id), *map(str, note.shared_with)}
        return note_message(note, await self._users.known(people, context.time_remaining()))


def _refused(refusal: Refusal) -> ServiceError:
    match refusal:
        case Refusal.NO_NOTE:
            return note_not_found()
        case Refusal.USER_DELETED:
            return user_not_found()
        case Refusal.OWNER:
            return InvalidArgument.of("user_id", "is the owner of the note")
        case Refusal.SHARED_ALREADY:
            return AlreadyExists("note already shared with this user", "ALREADY_SHARED")
        case Refusal.TOO_MANY:
            return InvalidArgument.of("user_id", f"would be more than {MAX_SHARES} people")

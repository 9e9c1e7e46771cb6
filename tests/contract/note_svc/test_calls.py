"""What reaches the use cases of a call."""

from __future__ import annotations

from contextlib import AsyncExitStack
from time import monotonic
from uuid import UUID

import grpc

from note_svc.actions.notes import NoteActions
from note_svc.actions.shown import ShownNote
from note_svc.app import App
from notewire_proto import note_pb2, note_pb2_grpc
from service_kit.ids import new_id
from service_kit.rpc.caller import NOBODY, Call
from tests.failures import failure
from tests.serving import note_settings, served


class Broken(BaseException):
    """What no `except Exception` catches."""


class Actions(NoteActions):
    """Remembers each call, and raises what it is given."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.calls: list[tuple[Call, UUID]] = []

    async def get(self, call: Call, note_id: UUID) -> ShownNote:
        self.calls.append((call, note_id))
        raise self.error


async def failure_of_a_call(database_url: str, actions: Actions, seconds: float) -> tuple[grpc.StatusCode, str | None]:
    """What a client is told who waits for so long, and after them one who waits for as long as it takes."""
    settings = note_settings(database_url, "127.0.0.1:1")
    async with AsyncExitStack() as stack:
        app = App(settings, stack)
        app.note_actions = actions
        async with served(app.serve(), settings.port) as channel:
            notes = note_pb2_grpc.NoteServiceStub(channel)
            request = note_pb2.GetNoteRequest(id=str(new_id()))
            failed = await failure(notes.GetNote(request, timeout=seconds))
            assert await failure(notes.GetNote(request)) == failed
            return failed.code, failed.message


async def test_an_action_gets_the_caller_the_deadline_and_ids_that_are_parsed(database_url: str) -> None:
    actions = Actions(KeyError("x"))
    began = monotonic()
    code, message = await failure_of_a_call(database_url, actions, 30)
    (limited, note_id), (unlimited, _) = actions.calls
    assert limited.caller is NOBODY
    assert limited.deadline is not None
    assert began + 29 < limited.deadline < began + 60
    assert unlimited.deadline is None
    assert isinstance(note_id, UUID)
    assert (code, message) == (grpc.StatusCode.INTERNAL, "internal error")


async def test_what_is_no_exception_ends_its_call_and_tells_nothing(database_url: str) -> None:
    failed = await failure_of_a_call(database_url, Actions(Broken("secret")), 30)
    assert failed == (grpc.StatusCode.INTERNAL, "internal error")

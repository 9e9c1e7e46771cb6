"""What callers hear when the database is there and does not do in time what they ask."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
import grpc

from notewire_proto import note_pb2, note_pb2_grpc
from tests.contract.note_svc.services import Services, code_of
from tests.failures import failure
from tests.serving import note_service

TIMEOUT_SECONDS = 0.5


async def test_who_changes_a_locked_note_is_told_so_and_nobody_else(
    services: Services, database_urls: tuple[str, str]
) -> None:
    owner, reader = await services.user(), await services.user()
    locked, free = await services.note(owner), await services.note(owner)
    session = await asyncpg.connect(database_urls[1])
    directory = f"127.0.0.1:{services.user_port}"
    async with note_service(database_urls[1], directory, database_timeout_seconds=TIMEOUT_SECONDS) as channel:
        notes = note_pb2_grpc.NoteServiceStub(channel)
        async with session.transaction():
            await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", locked.id)
            changes: list[Awaitable[Any]] = [
                notes.UpdateNote(note_pb2.UpdateNoteRequest(id=locked.id, title="x")),
                notes.DeleteNote(note_pb2.DeleteNoteRequest(id=locked.id)),
                notes.ShareNote(note_pb2.ShareNoteRequest(note_id=locked.id, user_id=reader)),
            ]
            others: list[Awaitable[Any]] = [
                notes.UpdateNote(note_pb2.UpdateNoteRequest(id=free.id, title="x")),
                notes.GetNote(note_pb2.GetNoteRequest(id=locked.id)),
            ]
            for failed in await asyncio.gather(*map(failure, changes)):
                assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "NOTE_LOCKED")
                assert failed.retry_seconds == 1
            assert set(await asyncio.gather(*map(code_of, others))) == {grpc.StatusCode.OK}
        assert await code_of(notes.DeleteNote(note_pb2.DeleteNoteRequest(id=locked.id))) is grpc.StatusCode.OK
    await session.close()


async def test_a_statement_that_takes_too_long_fails_those_who_share_it_and_nobody_else(
    services: Services, database_urls: tuple[str, str]
) -> None:
    owner = await services.user()
    note = await services.note(owner)
    session = await asyncpg.connect(database_urls[1])
    await session.execute(
        """
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(5); RETURN NEW; END $$;
        CREATE TRIGGER dawdling BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION dawdle();
        """
    )
    directory = f"127.0.0.1:{services.user_port}"
    async with note_service(database_urls[1], directory, database_timeout_seconds=TIMEOUT_SECONDS) as channel:
        notes = note_pb2_grpc.NoteServiceStub(channel)
        writing = asyncio.create_task(failure(notes.CreateNote(note_pb2.CreateNoteRequest(user_id=owner))))
        while not writing.done():
            assert await code_of(notes.GetNote(note_pb2.GetNoteRequest(id=note.id))) is grpc.StatusCode.OK
        failed = await writing
        assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_TIMEOUT")
        assert failed.retry_seconds == 1
    assert await session.fetchval("SELECT count(*) FROM notes") == 1
    await session.close()

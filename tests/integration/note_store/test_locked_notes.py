"""Edits of notes that somebody else holds locked, as the removal of a deleted user does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

import pytest
from prometheus_client import Summary

from note_svc.domain.change import StaleVersion
from note_svc.domain.note import Note, NoteNotFound
from note_svc.store.edits import EditStore
from service_kit.errors import ServiceError, Unavailable
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database
from tests.integration.note_store.world import World, edit, until_blocked

# Three times what an edit may take on a busy machine; one that waits behind a locked note takes as long as the lock.
AT_ONCE_SECONDS = 0.75


@asynccontextmanager
async def locked(session: Connection, *note_ids: UUID) -> AsyncIterator[None]:
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = ANY ($1::uuid[]) FOR UPDATE", note_ids)
        yield


async def edited_at_once(world: World, note: Note) -> None:
    began = monotonic()
    async with asyncio.timeout(5):
        edited = await world.edit(edit(note.id, title="x"))
    seconds = monotonic() - began
    print(f"edited in {seconds * 1000:.1f} ms")
    assert edited.id == note.id
    assert seconds < AT_ONCE_SECONDS


async def test_an_edit_of_a_locked_note_holds_up_nobody_else(world: World, session: Connection) -> None:
    held, together, later = [await world.note(new_id()) for _ in range(3)]
    async with locked(session, held.id):
        waiting = [asyncio.create_task(world.edit(edit(held.id, title="first")))]
        await edited_at_once(world, together)
        await until_blocked(session)
        waiting.append(asyncio.create_task(world.edit(edit(held.id, content="second"))))
        await edited_at_once(world, later)
        assert not any(task.done() for task in waiting)
    assert {type(result) for result in await asyncio.gather(*waiting)} == {Note}
    after = await world.notes.get(held.id)
    assert (after.title, after.content, after.version) == ("first", "second", 3)


async def test_many_edits_of_locked_notes_leave_connections_for_the_others(world: World, session: Connection) -> None:
    held = [await world.note(new_id()) for _ in range(40)]
    free = await world.note(new_id())
    async with locked(session, *(note.id for note in held)):
        waiting = [asyncio.create_task(world.edit(edit(note.id, title="x"))) for note in held]
        await until_blocked(session, 2)
        await edited_at_once(world, free)
        assert await world.notes.get(held[0].id) == held[0]
    assert {type(result) for result in await asyncio.gather(*waiting)} == {Note}


async def test_an_edit_of_a_note_that_stays_locked_is_unavailable(
    world: World, database: Database, session: Connection
) -> None:
    held = await world.note(new_id())
    edits = EditStore(database, Summary("edits", "Sizes of batches.", registry=None), patience=0.2)
    async with locked(session, held.id):
        began = monotonic()
        with pytest.raises(Unavailable):
            await edits.edit(edit(held.id, title="x"))
        assert 0.2 <= monotonic() - began < 10


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("UPDATE notes SET version = version + 1 WHERE id = $1", StaleVersion),
        ("UPDATE notes SET deleted_at = now() WHERE id = $1", NoteNotFound),
        ("DELETE FROM notes WHERE id = $1", NoteNotFound),
    ],
)
async def test_an_edit_that_waited_sees_what_the_other_did(
    world: World, session: Connection, change: str, outcome: type[ServiceError]
) -> None:
    note = await world.note(new_id())
    async with session.transaction():
        await session.execute(change, note.id)
        waiting = asyncio.create_task(world.edit(edit(note.id, title="x", expected=1)))
        await until_blocked(session)
    with pytest.raises(outcome):
        await waiting

"""While a release takes over from 0.1.0, replicas of both share notes in one database."""

from uuid import UUID

import pytest

from note_svc.domain.listing import Scope
from note_svc.domain.note import NoteNotFound
from note_svc.domain.share import NotShared
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection, connect_with
from service_kit.postgres.database import database_at
from service_kit.postgres.migrations import load_migrations, migrate
from tests.integration.note_store.world import World, edit

# As 0.1.0 says it, but for what it checks before.
CREATE = """
INSERT INTO notes (
    id, user_id, title, title_key, content, content_bytes, snippet, request_digest, created_at, updated_at
)
VALUES ($1, $2, 'Note', 'note', '', 0, '', '', now(), now())"""
SHARE = """
UPDATE notes SET shared_with = notes.shared_with || $2::uuid, version = version + 1
WHERE id = $1 AND $2 <> ALL (shared_with)"""
UNSHARE = """
UPDATE notes SET shared_with = array_remove(shared_with, $2), version = version + 1
WHERE id = $1 AND deleted_at IS NULL AND $2 = ANY (shared_with)"""
EDIT = """
UPDATE notes SET title = $2, title_key = $2, version = version + 1, updated_at = clock_timestamp()
WHERE id = $1"""
DELETE = "UPDATE notes SET deleted_at = clock_timestamp(), version = version + 1 WHERE id = $1"
READERS = "SELECT shared_with FROM notes WHERE id = $1"
TIMES = "SELECT shared_since FROM notes WHERE id = $1"
SHARED_WITH = """
SELECT note_id, title_key FROM shared_notes WHERE deleted_at IS NULL AND user_id = $1
ORDER BY updated_at DESC, note_id DESC LIMIT 10"""
REMOVE_SHARES = """
UPDATE notes SET shared_with = array_remove(shared_with, $1), version = version + 1
WHERE id IN (SELECT note_id FROM shared_notes WHERE user_id = $1)"""


async def test_shares_of_before_keep_their_order_and_their_times(database_url: str) -> None:
    connection = await connect_with(database_url, "test", timeout=10)()
    migrations = load_migrations("note_svc.migrations")
    await migrate(connection, [migration for migration in migrations if migration.version < 5])
    shared, unshared, people = new_id(), new_id(), sorted([new_id() for _ in range(4)], reverse=True)
    for note_id in (shared, unshared):
        await connection.execute(CREATE, note_id, new_id())
    for person in people:
        await connection.execute(SHARE, shared, person)
    await connection.execute("UPDATE notes SET shared_since = '{NULL, NULL, 7, 7}' WHERE id = $1", shared)

    await migrate(connection, migrations)

    database = database_at(database_url, "test", size=1, budget=10)
    world = World(database)
    note = await world.notes.get(shared)
    assert note.readers == people
    assert [share.since // 1_000_000 for share in note.shares] == [0, 0, 7, 7]
    assert (await world.notes.get(unshared)).shares == []
    assert (await world.share(unshared, people[0])).readers == people[:1]
    await database.close()
    await connection.close()


async def test_what_either_release_shares_the_other_sees(world: World, session: Connection) -> None:
    note, people = await world.note(new_id(), "b"), [new_id() for _ in range(4)]
    for number, person in enumerate(people):
        if number % 2:
            await session.execute(SHARE, note.id, person)
        else:
            await world.share(note.id, person)
        assert (await world.notes.get(note.id)).readers == people[: number + 1]
        assert await session.fetchval(READERS, note.id) == people[: number + 1]
        assert len(await session.fetchval(TIMES, note.id)) == number + 1
        assert [row["note_id"] for row in await session.fetch(SHARED_WITH, person)] == [note.id]
        assert (await world.page(person, Scope.SHARED)).counted == 1
    times = [share.since for share in (await world.notes.get(note.id)).shares]
    assert times == sorted(set(times))

    await session.execute(UNSHARE, note.id, people[0])
    await world.shares.unshare(note.id, people[1])
    assert (await world.notes.get(note.id)).readers == people[2:]
    assert await session.fetchval(READERS, note.id) == people[2:]
    with pytest.raises(NotShared):
        await world.shares.unshare(note.id, people[0])


async def test_what_either_release_changes_lists_of_the_other_show(world: World, session: Connection) -> None:
    reader = new_id()
    first, second = await world.note(new_id(), "first"), new_id()
    await session.execute(CREATE, second, new_id())
    await world.share(first.id, reader)
    await session.execute(SHARE, second, reader)

    async def seen_by_both() -> list[tuple[UUID, str]]:
        rows = await session.fetch(SHARED_WITH, reader)
        listed = (await world.page(reader, Scope.SHARED)).notes
        assert {note.id: note.title for note in listed} == {row["note_id"]: row["title_key"] for row in rows}
        return [(row["note_id"], row["title_key"]) for row in rows]

    await session.execute(EDIT, first.id, "by 0.1.0")
    await world.edit(edit(second, title="by this one"))
    assert await seen_by_both() == [(second, "by this one"), (first.id, "by 0.1.0")]
    await session.execute(DELETE, second)
    assert await seen_by_both() == [(first.id, "by 0.1.0")]
    await world.notes.delete(first.id)
    assert await seen_by_both() == []


async def test_a_user_whom_the_previous_release_removes_has_no_share_left(world: World, session: Connection) -> None:
    gone, other = new_id(), new_id()
    notes = [await world.note(new_id()) for _ in range(2)]
    await world.share(notes[0].id, gone, other)
    await session.execute(SHARE, notes[1].id, gone)
    await session.execute(REMOVE_SHARES, gone)
    assert [(await world.notes.get(note.id)).readers for note in notes] == [[other], []]
    await session.execute("DELETE FROM notes WHERE id = $1", notes[0].id)
    with pytest.raises(NoteNotFound):
        await world.notes.get(notes[0].id)
    assert await session.fetchval("SELECT count(*) FROM shares") == 0

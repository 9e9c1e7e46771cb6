import asyncio
from contextlib import suppress
from uuid import UUID

import pytest

from note_svc.domain.feed_position import FeedBegunAnew, FeedPosition
from note_svc.domain.listing import Scope
from note_svc.domain.note import Note, NoteNotFound
from note_svc.domain.person import UserNotFound
from note_svc.domain.share import SharedWithOwner
from note_svc.store.deleted_users import DeletedUserStore
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import database_at
from tests.integration.note_store.world import World, at, new_note, until_blocked

_PUT = """
INSERT INTO notes (
    id, user_id, title, title_key, content, content_bytes, snippet, request_digest, created_at, updated_at
)
VALUES ($1, $2, '', '', '', 0, '', '', now(), now())"""


async def counts(session: Connection) -> tuple[int, int]:
    return (
        await session.fetchval("SELECT count(*) FROM notes"),
        await session.fetchval("SELECT count(*) FROM shares"),
    )


async def test_a_deleted_user_leaves_no_note_and_no_share(world: World, session: Connection) -> None:
    gone, friend = new_id(), new_id()
    own, trashed = await world.note(gone), await world.note(gone)
    theirs, theirs_trashed = await world.note(friend), await world.note(friend)
    await world.share(own.id, friend)
    for note in (theirs, theirs_trashed):
        await world.share(note.id, gone, new_id())
    for note in (trashed, theirs_trashed):
        await world.notes.delete(note.id)

    assert await world.deleted_users.remove(gone, at(7))

    with pytest.raises(NoteNotFound):
        await world.notes.get(own.id)
    kept = await world.notes.get(theirs.id)
    assert (kept.share_count, kept.version) == (1, 4)
    restored = await world.notes.undelete(theirs_trashed.id)
    assert gone not in restored.readers
    assert await counts(session) == (2, 2)
    assert (await world.page(gone, Scope.ALL)).counted == 0
    assert (await world.page(friend, Scope.SHARED)).counted == 0
    with pytest.raises(UserNotFound):
        await world.create(new_note(gone))
    with pytest.raises(UserNotFound):
        await world.shares.share(theirs.id, gone)


async def test_only_the_first_of_several_replicas_removes(world: World) -> None:
    gone, friend = new_id(), new_id()
    note = await world.note(friend)
    await world.share(note.id, gone)
    done = await asyncio.gather(*(world.deleted_users.remove(gone, at(5)) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    after = await world.notes.get(note.id)
    assert after is not None
    assert after.version == 3


async def test_the_position_never_goes_back(world: World) -> None:
    assert (await world.deleted_users.position()).position == 0
    await world.deleted_users.advance(at(10))
    await world.deleted_users.advance(at(4))
    assert (await world.deleted_users.position()).position == 10
    assert not await world.deleted_users.remove(new_id(), at(10))
    assert await world.deleted_users.remove(new_id(), at(11))
    assert (await world.deleted_users.position()).position == 11


async def test_the_cursor_follows_the_position_and_never_goes_back(world: World) -> None:
    store = world.deleted_users
    await store.advance(at(0, "c0"))
    assert await store.position() == at(0, "c0")
    await store.advance(at(10, "c10"))
    await store.advance(at(4, "c4"))
    assert await store.position() == at(10, "c10")
    # One of several in a step, which ends at position 13.
    await store.remove(new_id(), at(11, "c13"))
    assert await store.position() == at(11, "c13")
    await store.advance(at(11, "c11"))
    assert await store.position() == at(11, "c13")


async def test_a_feed_is_begun_anew_once_and_what_was_read_before_changes_nothing(world: World) -> None:
    store, friend = world.deleted_users, new_id()
    note = await world.note(friend)
    await store.advance(at(10, "c10"))
    for _ in range(3):
        await store.begin_anew(at(10, "c10"))
    assert await store.position() == FeedPosition(0, "", 1, begun_anew=True)
    for late in (store.advance(at(12, "c12")), store.remove(friend, at(12))):
        with pytest.raises(FeedBegunAnew):
            await late
    assert await world.notes.get(note.id) == note
    await store.advance(at(3, "d3", generation=1))
    assert await store.position() == FeedPosition(3, "d3", 1, begun_anew=True)


async def test_who_exists_again_loses_their_tombstone_once(world: World) -> None:
    store = world.deleted_users
    gone = sorted(new_id() for _ in range(5))
    for position, user_id in enumerate(gone, start=1):
        await store.remove(user_id, at(position))
    assert [*await store.tombstones(UUID(int=0), 3), *await store.tombstones(gone[2], 3)] == gone

    # Nobody says that the feed was begun anew.
    assert await store.lift_tombstones(0, gone) == []
    await store.begin_anew(at(5))
    assert await store.lift_tombstones(0, gone) == []
    assert sorted(await store.lift_tombstones(1, [*gone[:2], new_id()])) == gone[:2]
    assert await store.tombstones(UUID(int=0), 9) == gone[2:]
    # A slower replica may have asked before somebody was deleted anew.
    await store.remove(gone[0], at(1, generation=1))
    assert await store.lift_tombstones(1, gone) == []
    assert isinstance(await world.create(new_note(gone[1])), Note)
    for user_id in (gone[0], gone[2]):
        with pytest.raises(UserNotFound):
            await world.create(new_note(user_id))


async def test_a_removal_that_fails_half_way_leaves_everything_as_it_was(world: World, session: Connection) -> None:
    gone, friend = new_id(), new_id()
    note = await world.note(friend)
    await world.note(gone)
    await world.share(note.id, gone)
    await session.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;"
        "CREATE TRIGGER fail BEFORE DELETE ON shares EXECUTE FUNCTION fail()"
    )
    with pytest.raises(Exception, match="broken"):
        await world.deleted_users.remove(gone, at(3))
    assert await counts(session) == (2, 1)
    assert (await world.deleted_users.position()).position == 0
    assert isinstance(await world.create(new_note(gone)), Note)
    await session.execute("DROP TRIGGER fail ON shares")
    assert await world.deleted_users.remove(gone, at(3))
    assert await counts(session) == (1, 0)


async def test_a_removal_may_take_longer_than_a_call(world: World, session: Connection, any_database_url: str) -> None:
    note = await world.note(new_id())
    removals = DeletedUserStore(database_at(any_database_url, "note_svc", size=1, budget=1))
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note.id)
        removing = asyncio.create_task(removals.remove(note.user_id, at(1)))
        done, _ = await asyncio.wait([removing], timeout=1.2)
        assert not done
    assert await removing


async def test_a_note_begun_before_the_deletion_is_removed_by_it(world: World, session: Connection) -> None:
    gone, note = new_id(), new_note(new_id())
    note = note._replace(user_id=gone)
    async with session.transaction():
        # The note has passed the tombstone check and waits for the id to become free.
        await session.execute(_PUT, note.id, new_id())
        creating = asyncio.create_task(world.create(note))
        await until_blocked(session, 1)
        removing = asyncio.create_task(world.deleted_users.remove(gone, at(1)))
        await until_blocked(session, 2)
        await session.execute("DELETE FROM notes WHERE id = $1", note.id)
    assert isinstance(await creating, Note)
    assert await removing
    assert await counts(session) == (0, 0)


async def test_a_note_begun_during_the_deletion_is_not_written(world: World, session: Connection) -> None:
    gone, other = new_id(), new_id()
    existing = await world.note(gone)
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", existing.id)
        # The tombstone is written and not committed: the deletion waits for a row.
        removing = asyncio.create_task(world.deleted_users.remove(gone, at(1)))
        await until_blocked(session, 1)
        creating = asyncio.create_task(world.create_together(new_note(gone), new_note(other)))
        await until_blocked(session, 2)
    assert await removing
    left_out, written = await creating
    assert isinstance(left_out, UserNotFound)
    assert isinstance(written, Note)
    assert await counts(session) == (1, 0)


async def test_a_share_begun_before_the_deletion_is_removed_by_it(world: World, session: Connection) -> None:
    gone = new_id()
    note = await world.note(new_id())
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note.id)
        sharing = asyncio.create_task(world.shares.share(note.id, gone))
        await until_blocked(session, 1)
        removing = asyncio.create_task(world.deleted_users.remove(gone, at(1)))
        await until_blocked(session, 2)
    assert isinstance(await sharing, Note)
    assert await removing
    after = await world.notes.get(note.id)
    assert after is not None
    assert after.shares == []
    assert await counts(session) == (1, 0)


async def test_a_share_begun_during_the_deletion_is_refused(world: World, session: Connection) -> None:
    gone = new_id()
    held, note = await world.note(gone), await world.note(new_id())
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", held.id)
        removing = asyncio.create_task(world.deleted_users.remove(gone, at(1)))
        await until_blocked(session, 1)
        sharing = asyncio.create_task(world.shares.share(note.id, gone))
        await until_blocked(session, 2)
    assert await removing
    with pytest.raises(UserNotFound):
        await sharing
    assert await counts(session) == (1, 0)


async def test_a_share_of_a_note_whose_owner_is_deleted_meanwhile_leaves_nothing(
    world: World, session: Connection
) -> None:
    gone, reader = new_id(), new_id()
    note = await world.note(gone)
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note.id)
        sharing = asyncio.create_task(world.shares.share(note.id, reader))
        await until_blocked(session, 1)
        removing = asyncio.create_task(world.deleted_users.remove(gone, at(1)))
        await until_blocked(session, 2)
    await sharing
    assert await removing
    assert await counts(session) == (0, 0)


async def test_no_writer_and_deletion_wait_for_each_other_in_a_circle(world: World, session: Connection) -> None:
    people = [new_id() for _ in range(6)]
    notes = [await world.note(person) for person in people for _ in range(4)]

    async def share_all(reader: int) -> None:
        for note in notes[:: 1 if reader % 2 else -1]:
            with suppress(NoteNotFound, UserNotFound, SharedWithOwner):
                await world.shares.share(note.id, people[reader])

    async def write_for_all() -> None:
        for _ in range(30):
            await world.create_together(*(new_note(person) for person in people))

    async def delete(number: int) -> None:
        while not await world.deleted_users.remove(people[number], at(number + 1)):
            pytest.fail("each position is new")

    async def delete_half() -> None:
        for number in range(3):
            await delete(number)

    await asyncio.gather(*(share_all(reader) for reader in range(6)), write_for_all(), delete_half())
    orphans = """
        SELECT count(*) FROM deleted_users d
        WHERE EXISTS (SELECT FROM notes n WHERE n.user_id = d.user_id)
            OR EXISTS (SELECT FROM shares s WHERE s.user_id = d.user_id)"""
    assert await session.fetchval(orphans) == 0
    assert await session.fetchval("SELECT count(*) FROM deleted_users") == 3
    assert await session.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0

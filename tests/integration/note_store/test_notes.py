import asyncio
from datetime import timedelta
from time import time

import pytest

from note_svc.domain.change import NoteExists, StaleVersion
from note_svc.domain.listing import Order, Scope, SortKey
from note_svc.domain.note import Note, NoteNotFound
from note_svc.domain.person import UserNotFound
from note_svc.domain.share import MAX_SHARES, AlreadyShared, NotShared, SharedWithOwner, TooManyShares
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection
from tests.integration.note_store.world import SHARE_WITH_ALL, World, at, edit, new_note, until_blocked


async def test_a_new_note_is_read_back_as_it_was_answered(world: World) -> None:
    owner = new_id()
    created = await world.note(owner, "Äpfel", "one\r\ntwo\tthree")
    assert created == await world.notes.get(created.id)
    assert (created.user_id, created.title, created.content) == (owner, "Äpfel", "one\ntwo\tthree")
    assert (created.snippet, created.version, created.deleted_at) == ("one two three", 1, None)
    assert created.created_at == created.updated_at


async def test_notes_written_together_keep_their_order_in_time(world: World) -> None:
    notes = [new_note(new_id(), str(number)) for number in range(20)]
    created = await world.create_together(*notes)
    times = [note.created_at for note in created if isinstance(note, Note)]
    assert times == sorted(times)
    assert len(times) == 20


async def test_the_same_request_again_answers_the_same_note_and_another_is_refused(world: World) -> None:
    note = new_note(new_id(), "a", digest=b"first")
    created = await world.create(note)
    assert await world.create(note) == created
    changed = await world.edit(edit(note.id, title="b"))
    assert await world.create(note) == changed
    with pytest.raises(NoteExists):
        await world.create(note._replace(digest=b"second"))


async def test_one_batch_answers_each_note_by_itself(world: World) -> None:
    gone = new_id()
    await world.deleted_users.remove(gone, at(1))
    taken = new_note(new_id(), digest=b"x")
    await world.create(taken)
    again = new_note(new_id(), digest=b"y")
    same = await world.create(again)
    results = await world.create_together(
        new_note(new_id(), "one"), taken._replace(digest=b"z"), new_note(gone), again, new_note(new_id(), "two")
    )
    assert [type(result) for result in results] == [Note, NoteExists, UserNotFound, Note, Note]
    assert results[3] == same
    assert [note.title for note in results if isinstance(note, Note)] == ["one", "", "two"]


async def test_an_edit_changes_what_it_names_and_no_more(world: World) -> None:
    note = await world.note(new_id(), "title", "content")
    titled = await world.edit(edit(note.id, title=""))
    assert titled == note._replace(title="", version=2, updated_at=titled.updated_at)
    written = await world.edit(edit(note.id, content="new\ncontent"))
    assert (written.title, written.content, written.snippet) == ("", "new\ncontent", "new content")
    assert (written.version, written.created_at) == (3, note.created_at)
    assert written.updated_at > note.updated_at
    assert await world.notes.get(note.id) == written


async def test_one_batch_of_edits_answers_each_by_itself(world: World) -> None:
    fresh, stale, deleted = [await world.note(new_id()) for _ in range(3)]
    await world.edit(edit(stale.id, title="newer"))
    await world.notes.delete(deleted.id)
    results = await asyncio.gather(
        world.edit(edit(stale.id, title="x", expected=1)),
        world.edit(edit(fresh.id, title="x", expected=1)),
        world.edit(edit(deleted.id, title="x")),
        world.edit(edit(new_id(), title="x")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [StaleVersion, Note, NoteNotFound, NoteNotFound]
    assert isinstance(results[0], StaleVersion)
    assert results[0].current_version == 2
    assert isinstance(results[1], Note)
    assert results[1].version == 2


async def test_a_deleted_note_is_gone_until_it_is_brought_back_with_its_shares(world: World) -> None:
    owner, reader = new_id(), new_id()
    note = await world.note(owner)
    shared = await world.share(note.id, reader)
    await world.notes.delete(note.id)
    for asked in (world.notes.get(note.id), world.notes.delete(note.id), world.shares.share(note.id, new_id())):
        with pytest.raises(NoteNotFound):
            await asked
    restored = await world.notes.undelete(note.id)
    assert restored == shared._replace(version=4)
    assert shared.readers == [reader]
    assert await world.notes.undelete(note.id) == restored
    assert await world.notes.get(note.id) == restored


async def test_those_who_bring_a_note_back_at_the_same_time_all_get_it(world: World, session: Connection) -> None:
    note = await world.note(new_id())
    await world.notes.delete(note.id)
    async with session.transaction():
        await session.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note.id)
        restoring = [asyncio.create_task(world.notes.undelete(note.id)) for _ in range(4)]
        await until_blocked(session, 4)
    assert await asyncio.gather(*restoring) == [note._replace(version=3)] * 4


async def test_a_note_deleted_thirty_days_ago_cannot_be_brought_back_and_is_purged(
    world: World, session: Connection
) -> None:
    expired, kept, alive = [await world.note(new_id()) for _ in range(3)]
    await world.share(expired.id, new_id())
    for note, age in ((expired, timedelta(days=30)), (kept, timedelta(days=29, hours=23))):
        await world.notes.delete(note.id)
        await session.execute("UPDATE notes SET deleted_at = deleted_at - $2::interval WHERE id = $1", note.id, age)
    with pytest.raises(NoteNotFound):
        await world.notes.undelete(expired.id)
    assert len(await world.notes.purge(100)) == 1
    assert await world.notes.purge(100) == []
    assert await session.fetchval("SELECT count(*) FROM notes") == 2
    assert await session.fetchval("SELECT count(*) FROM shares") == 0
    assert (await world.notes.undelete(kept.id)).id == kept.id
    assert await world.notes.get(alive.id) == alive


async def test_shares_keep_their_order_and_each_counts_as_a_change(world: World) -> None:
    owner, people = new_id(), [new_id() for _ in range(5)]
    people.reverse()
    note = await world.note(owner)
    shared = await world.share(note.id, *people)
    assert (shared.readers, shared.share_count) == (people, 5)
    assert (shared.version, shared.updated_at) == (6, note.updated_at)
    unshared = await world.shares.unshare(note.id, people[1])
    left = [shared.shares[0], *shared.shares[2:]]
    assert unshared == shared._replace(shares=left, share_count=4, version=7)
    assert await world.notes.get(note.id) == unshared
    with pytest.raises(NotShared):
        await world.shares.unshare(note.id, people[1])
    with pytest.raises(NoteNotFound):
        await world.shares.unshare(new_id(), people[0])


async def test_a_share_keeps_its_time(world: World) -> None:
    note, people = await world.note(new_id()), [new_id() for _ in range(3)]
    began = time() * 1_000_000
    first = await world.share(note.id, *people[:2])
    assert began - 1_000_000 <= first.shares[0].since < first.shares[1].since <= time() * 1_000_000 + 1_000_000
    await world.edit(edit(note.id, title="other"))
    await world.shares.unshare(note.id, people[0])
    shared = await world.share(note.id, people[2])
    assert shared.shares[0] == first.shares[1]
    assert shared.readers == people[1:]


async def test_shares_stay_in_order_when_the_clock_steps_back(world: World, session: Connection) -> None:
    note, people = await world.note(new_id()), [new_id() for _ in range(2)]
    await world.share(note.id, people[0])
    await session.execute("UPDATE shares SET since = since + interval '1 hour'")
    shared = await world.share(note.id, people[1])
    assert shared.readers == people
    assert shared.shares[1].since == shared.shares[0].since + 1


async def test_whoever_waits_for_a_note_sees_the_shares_that_were_made_meanwhile(
    world: World, session: Connection
) -> None:
    reader, late = new_id(), new_id()
    edited, deleted, full, again = [await world.note(new_id()) for _ in range(4)]
    await world.notes.delete(deleted.id)
    async with session.transaction():
        for note in (edited, deleted, again):
            await session.execute(SHARE_WITH_ALL, note.id, [reader])
        await session.execute(SHARE_WITH_ALL, full.id, [new_id() for _ in range(MAX_SHARES)])
        waiting = asyncio.gather(
            world.edit(edit(edited.id, title="x")),
            world.notes.undelete(deleted.id),
            world.shares.share(full.id, late),
            world.shares.share(again.id, reader),
            return_exceptions=True,
        )
        await until_blocked(session, 4)
    written, restored, refused, repeated = await waiting
    assert isinstance(written, Note)
    assert isinstance(restored, Note)
    assert (written.readers, restored.readers) == ([reader], [reader])
    assert isinstance(refused, TooManyShares)
    assert isinstance(repeated, AlreadyShared)
    page = await world.page(reader, Scope.SHARED, order=Order(SortKey.TITLE, descending=True))
    assert page.notes[0] == written


async def test_a_share_that_cannot_be_says_why(world: World) -> None:
    owner, reader, gone = new_id(), new_id(), new_id()
    note = await world.note(owner)
    await world.share(note.id, reader)
    await world.deleted_users.remove(gone, at(1))
    with pytest.raises(SharedWithOwner):
        await world.shares.share(note.id, owner)
    with pytest.raises(AlreadyShared):
        await world.shares.share(note.id, reader)
    with pytest.raises(UserNotFound):
        await world.shares.share(note.id, gone)
    with pytest.raises(NoteNotFound):
        await world.shares.share(new_id(), reader)


async def test_a_note_takes_a_thousand_people(world: World, session: Connection) -> None:
    note = await world.note(new_id())
    people = [new_id() for _ in range(1_000)]
    await session.execute(SHARE_WITH_ALL, note.id, people[:-1])
    assert (await world.share(note.id, people[-1])).readers == people
    with pytest.raises(TooManyShares):
        await world.shares.share(note.id, new_id())

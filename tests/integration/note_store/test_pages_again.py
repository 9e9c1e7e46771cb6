"""Pages that are read again and again: notes that did not change are not read again, and those that did are."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
import pytest_asyncio

from note_svc.domain.listing import NotePage, Order, Scope, SortKey
from note_svc.domain.note import Note, NoteNotFound
from service_kit.errors import ServiceError
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection, connect_with
from service_kit.postgres.database import Database
from tests.integration.note_store.world import World, edit, new_note, until_blocked


class Counted(Database):
    """Counts what is asked, and says how many rows came."""

    def __init__(self, url: str) -> None:
        super().__init__(connect_with(url, "note_svc", 30), 10, budget=30)
        self.rows: list[int] = []

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        rows = await super().fetch(query, *args)
        self.rows.append(len(rows))
        return rows


@pytest_asyncio.fixture
async def database(any_database_url: str, database: Database) -> AsyncIterator[Counted]:
    counted = Counted(any_database_url)
    yield counted
    await counted.close()


@pytest.fixture
def world(database: Counted) -> World:
    return World(database)


async def test_notes_that_did_not_change_are_not_read_again(world: World, database: Counted) -> None:
    person = new_id()
    notes = [await world.note(person, f"{number}") for number in range(5)]
    first = await world.page(person)
    database.rows.clear()
    again = await world.page(person)
    assert again == first
    assert database.rows == [5]
    await world.edit(edit(notes[2].id, content="new"))
    database.rows.clear()
    assert (await world.page(person)).notes[2].content == "new"
    assert database.rows == [5, 1]


async def test_a_page_shows_every_change_at_once(world: World) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rnd = random.Random(seed)
    person, *others = people = [new_id() for _ in range(4)]
    notes = [await world.note(person, f"{number}", "content") for number in range(8)]
    newest_title = Order(SortKey.TITLE, descending=True)
    for step in range(150):
        note_id = rnd.choice(notes).id
        # A step that cannot be done changes nothing.
        with suppress(ServiceError):
            match rnd.randrange(6):
                case 0:
                    await world.edit(edit(note_id, title=f"title {step}"))
                case 1:
                    await world.edit(edit(note_id, content=f"content {step}"))
                case 2:
                    await world.shares.share(note_id, rnd.choice(others))
                case 3:
                    await world.shares.unshare(note_id, rnd.choice(others))
                case 4:
                    await world.notes.delete(note_id)
                case _:
                    await world.notes.undelete(note_id)
        is_now = {note.id: note for note in await world.in_sight(notes)}
        for reader, scope in ((person, Scope.OWNED), (None, Scope.EVERYBODY), (rnd.choice(people), Scope.ALL)):
            page = await world.page(reader, scope, order=newest_title)
            assert page.notes == [is_now[note.id] for note in page.notes], step
            if scope is not Scope.ALL:
                assert len(page.notes) == len(is_now)


async def test_another_note_with_the_same_id_is_not_taken_for_the_old_one(world: World, session: Connection) -> None:
    mine, theirs = new_id(), new_id()
    note = new_note(mine, "mine", "secret")
    await world.create(note)
    await world.page(mine)
    await session.execute("DELETE FROM notes WHERE id = $1", note.id)
    await world.create(new_note(theirs, "theirs")._replace(id=note.id))
    (shown,) = (await world.page(theirs)).notes
    assert (shown.user_id, shown.title, shown.content) == (theirs, "theirs", "")


async def test_a_list_without_content_leaves_the_content_to_lists_that_want_it(world: World) -> None:
    note = await world.note(new_id(), "title", "content")
    for _ in range(2):
        assert (await world.page(note.user_id, with_content=False)).notes == [note._replace(content=None)]
        assert (await world.page(note.user_id)).notes == [note]


async def test_a_note_that_is_deleted_while_its_page_is_read_is_left_out(world: World, any_database_url: str) -> None:
    person = new_id()
    notes = [await world.note(person, f"{number}") for number in range(3)]

    class DeletedMeanwhile(Counted):
        async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
            rows = await super().fetch(query, *args)
            with suppress(NoteNotFound):
                await world.notes.delete(notes[1].id)
            return rows

    database = DeletedMeanwhile(any_database_url)
    page = await World(database).page(person)
    await database.close()
    assert page.notes == [notes[2], notes[0]]


async def test_pages_at_the_same_time_share_a_statement(world: World, database: Counted) -> None:
    owners = [new_id() for _ in range(6)]
    for number, owner in enumerate(owners):
        for _ in range(number):
            await world.note(owner)

    async def pages() -> list[NotePage[Note]]:
        return await asyncio.gather(*(world.page(owner, size=3) for owner in owners for _ in range(3)))

    expected = [await world.page(owner, size=3) for owner in owners for _ in range(3)]
    await pages()
    database.rows.clear()
    assert await pages() == expected
    assert len(database.rows) <= 3


async def test_a_page_far_down_keeps_nobody_waiting(world: World, session: Connection) -> None:
    person = new_id()
    await world.note(person)
    await session.execute("BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
    far = [asyncio.create_task(world.page(one, offset=5_000)) for one in (person, new_id())]
    near = asyncio.create_task(world.page(person))
    await until_blocked(session, 3)
    await session.execute("COMMIT")
    assert [page.notes for page in await asyncio.gather(*far)] == [[], []]
    assert len((await near).notes) == 1

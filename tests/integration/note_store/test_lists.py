import random
from uuid import UUID

import pytest

from note_svc.domain.listing import ORDERS, PAGE_CONTENT_BYTES, NotePage, Order, Scope, SortKey
from note_svc.domain.note import Note
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection
from tests.integration.note_store.world import SHARE_WITH_ALL, World, edit

EVERY_ORDER = sorted(set(ORDERS.values()), key=str)


def sorted_by(notes: list[Note], order: Order) -> list[UUID]:
    def key(note: Note) -> tuple[int | str, UUID]:
        if order.key is SortKey.TITLE:
            return note.title.casefold(), note.id
        return (note.created_at if order.key is SortKey.CREATED_AT else note.updated_at), note.id

    return [note.id for note in sorted(notes, key=key, reverse=order.descending)]


def ids(page: NotePage[Note]) -> list[UUID]:
    return [note.id for note in page.notes]


async def walk(world: World, user_id: UUID | None, scope: Scope, order: Order, size: int) -> list[UUID]:
    """All ids, page by page, by tokens."""
    found: list[UUID] = []
    page = await world.page(user_id, scope, order=order, size=size)
    while True:
        found += ids(page)
        if page.next_after is None:
            return found
        page = await world.page(user_id, scope, order=order, size=size, after=page.next_after)


async def random_notes(world: World, rnd: random.Random, people: list[UUID]) -> list[Note]:
    """Notes that were written, shared, edited, deleted and brought back by chance; those that are left."""
    for _ in range(60):
        note = await world.note(rnd.choice(people), rnd.choice(["a", "B", "b", "Ä", "", "c d"]))
        for reader in rnd.sample(people, rnd.randrange(4)):
            if reader != note.user_id:
                await world.share(note.id, reader)
        if rnd.random() < 0.3:
            await world.edit(edit(note.id, title=rnd.choice(["B", "x", "Y"])))
    everything = (await world.page(size=100)).notes
    for note in rnd.sample(everything, 12):
        await world.notes.delete(note.id)
        if rnd.random() < 0.3:
            await world.notes.undelete(note.id)
    for note in rnd.sample(everything, 12):
        if note.shares and note in await world.in_sight([note]):
            await world.shares.unshare(note.id, rnd.choice(note.readers))
    return await world.in_sight(everything)


async def test_every_list_in_every_order_holds_what_it_should(world: World) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rnd = random.Random(seed)
    people = [new_id() for _ in range(4)]
    alive = await random_notes(world, rnd, people)
    for order in EVERY_ORDER:
        assert await walk(world, None, Scope.EVERYBODY, order, rnd.randint(1, 30)) == sorted_by(alive, order)
        for person in people:
            owned = [note for note in alive if note.user_id == person]
            shared = [note for note in alive if person in note.readers]
            for scope, expected in ((Scope.OWNED, owned), (Scope.SHARED, shared), (Scope.ALL, owned + shared)):
                in_order = sorted_by(expected, order)
                assert await walk(world, person, scope, order, rnd.randint(1, 12)) == in_order, (order, scope)
                offset = rnd.randrange(len(expected) + 3)
                page = await world.page(person, scope, order=order, offset=offset, size=5)
                assert ids(page) == in_order[offset : offset + 5]
                assert page.counted == len(expected)
                assert page.notes == [note for one in ids(page) for note in alive if note.id == one]


@pytest.mark.parametrize("scope", list(Scope))
async def test_tokens_neither_repeat_nor_skip_while_notes_come_and_go(world: World, scope: Scope) -> None:
    person, other = new_id(), new_id()
    notes = [await world.note(other if scope is Scope.SHARED else person, str(number)) for number in range(9)]
    if scope is Scope.SHARED:
        notes = [await world.share(note.id, person) for note in notes]
    user_id = None if scope is Scope.EVERYBODY else person
    first = await world.page(user_id, scope, size=3)
    newer = await world.note(person)
    await world.notes.delete(notes[7].id)
    await world.notes.delete(notes[4].id)
    second = await world.page(user_id, scope, size=3, after=first.next_after)
    assert ids(first) + ids(second) == [notes[number].id for number in (8, 7, 6, 5, 3, 2)]
    assert newer.id not in ids(second)
    third = await world.page(user_id, scope, size=3, after=second.next_after)
    assert ids(third) == [notes[1].id, notes[0].id]
    assert third.next_after is None


async def test_a_full_last_page_has_no_next(world: World) -> None:
    person = new_id()
    for _ in range(4):
        await world.note(person)
    assert (await world.page(person, size=4)).next_after is None
    assert (await world.page(person, size=3)).next_after is not None
    beyond = await world.page(person, offset=1_000_000)
    assert (beyond.notes, beyond.next_after, beyond.counted) == ([], None, 4)


async def test_a_page_carries_three_mebibytes_of_content(world: World) -> None:
    person = new_id()
    mebibyte = "x" * (1024 * 1024)
    for content in ("", "small", mebibyte, mebibyte, mebibyte):
        await world.note(person, content=content)
    page = await world.page(person)
    assert [note.content for note in page.notes] == [mebibyte, mebibyte, mebibyte, None, ""]
    assert 3 * len(mebibyte) == PAGE_CONTENT_BYTES
    assert page.notes[3].snippet == "small"


async def test_a_list_without_content_has_everything_else(world: World) -> None:
    note = await world.note(new_id(), "title", "content")
    page = await world.page(note.user_id, with_content=False)
    assert page.notes == [note._replace(content=None)]


async def test_totals_are_exact_to_ten_thousand(world: World, session: Connection) -> None:
    person, owner = new_id(), new_id()

    async def grow(user_id: UUID, number: int, shared_with: list[UUID]) -> None:
        await session.execute(
            """
            INSERT INTO notes (id, user_id, title, title_key, content, content_bytes, snippet, request_digest,
                created_at, updated_at)
            SELECT gen_random_uuid(), $1, '', '', '', 0, '', '', now(), now() FROM generate_series(1, $2)""",
            user_id,
            number,
        )
        for note_id in await session.fetch("SELECT id FROM notes WHERE user_id = $1", user_id) if shared_with else []:
            await session.execute(SHARE_WITH_ALL, note_id["id"], shared_with)

    await grow(owner, 9_999, [person])
    await world.note(person)
    assert (await world.page(person, Scope.OWNED)).counted == 1
    assert (await world.page(person, Scope.SHARED)).counted == 9_999
    assert (await world.page(person, Scope.ALL)).counted == 10_000
    assert (await world.page()).counted == 10_000
    await world.note(person)
    assert (await world.page(person, Scope.ALL)).counted > 10_000
    assert (await world.page()).counted > 10_000

"""The stores on each PostgreSQL that Notewire supports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from service_kit.errors import AlreadyExists, NotFound, Violations
from service_kit.ids import new_id
from service_kit.postgres.database import Database, database_at
from service_kit.postgres.migrations import prepare_schema_of
from tests.postgres import PATIENT_SECONDS
from tests.serving import user_settings
from user_svc.app import App
from user_svc.domain.change import Change
from user_svc.domain.listing import Listing, Order
from user_svc.domain.user import User, parse_email, parse_username
from user_svc.store.feed import UserFeed
from user_svc.store.users import UserStore

NOW = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def database(any_database_url: str) -> AsyncIterator[Database]:
    await prepare_schema_of("user_svc", any_database_url, apply=True)
    database = database_at(any_database_url, "test", size=5, budget=PATIENT_SECONDS)
    yield database
    await database.close()


@pytest.fixture
def app(database: Database) -> App:
    app = App(user_settings("postgresql:///"), AsyncExitStack())
    app.database = database
    return app


@pytest.fixture
def store(app: App) -> UserStore:
    return app.users


@pytest.fixture
def feed(app: App) -> UserFeed:
    return app.feed


async def changes(feed: UserFeed) -> Sequence[Change]:
    return (await feed.read(await feed.cursor(0))).changes


async def add(store: UserStore, name: str) -> User:
    valid = Violations()
    return await store.create(new_id(), parse_username(name, valid), parse_email(f"{name}@example.com", valid), NOW)


async def test_a_person_is_stored_as_made(store: UserStore) -> None:
    made = await add(store, "Alice")

    assert made == User(made.id, "Alice", "Alice@example.com", NOW, NOW)
    assert await store.get(made.id) == made


async def test_nobody_is_found_under_a_new_id(store: UserStore) -> None:
    with pytest.raises(NotFound, match="user not found"):
        await store.get(new_id())
    with pytest.raises(NotFound, match="user not found"):
        await store.delete(new_id())
    with pytest.raises(NotFound, match="user not found"):
        await store.update(new_id(), parse_username("x", Violations()), None, LATER)


async def test_the_index_decides_who_has_a_name(store: UserStore) -> None:
    alice, bob = await add(store, "alice"), await add(store, "bob")

    with pytest.raises(AlreadyExists, match="username already exists"):
        await add(store, "ALICE")
    with pytest.raises(AlreadyExists, match="username already exists"):
        await store.update(bob.id, parse_username("Alice", Violations()), None, LATER)
    with pytest.raises(AlreadyExists, match="email already exists"):
        await store.update(bob.id, None, parse_email("ALICE@EXAMPLE.COM", Violations()), LATER)
    assert await store.get(alice.id) == alice
    assert await store.get(bob.id) == bob


async def test_an_update_moves_its_time_and_the_feed(store: UserStore, feed: UserFeed) -> None:
    alice = await add(store, "alice")

    changed = await store.update(alice.id, parse_username("alicia", Violations()), None, LATER)
    same = await store.update(alice.id, parse_username("alicia", Violations()), None, LATER + timedelta(hours=1))

    assert changed == alice._replace(username="alicia", updated_at=LATER)
    assert same == changed
    found = await feed.read(await feed.cursor(0))
    assert (found.cursor.position, found.complete) == (1, True)
    assert [(change.user_id, change.user) for change in found.changes] == [(alice.id, changed)]


async def test_a_deletion_leaves_its_id_and_no_name(store: UserStore, feed: UserFeed, database: Database) -> None:
    alice = await add(store, "alice")
    await store.update(alice.id, parse_username("alicia", Violations()), None, LATER)
    await store.delete(alice.id)

    assert [(change.position, change.user_id, change.user) for change in await changes(feed)] == [(2, alice.id, None)]
    tables = await database.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for table in tables:
        rows = await database.fetch(f"SELECT t::text AS row FROM {table['table_name']} t")
        assert "alic" not in "".join(row["row"] for row in rows)


async def test_a_refused_change_takes_no_position(store: UserStore, feed: UserFeed) -> None:
    bob = await add(store, "bob")
    await add(store, "alice")
    with pytest.raises(AlreadyExists):
        await store.update(bob.id, parse_username("alice", Violations()), None, LATER)

    assert await changes(feed) == []
    assert (await feed.cursor()).position == 0


async def test_a_change_that_is_not_committed_holds_no_other_back_and_is_not_skipped(
    store: UserStore, feed: UserFeed, any_database_url: str
) -> None:
    alice, bob = await add(store, "alice"), await add(store, "bob")
    slow = await asyncpg.connect(any_database_url)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("INSERT INTO user_outbox (user_id, deleted) VALUES ($1, true)", alice.id)

    await store.delete(bob.id)
    first = await feed.read(await feed.cursor(0))
    await transaction.commit()
    await slow.close()
    second = await feed.read(first.cursor)
    assert [(change.position, change.user_id) for change in first.changes] == [(1, bob.id)]
    assert [(change.position, change.user_id) for change in second.changes] == [(2, alice.id)]


async def test_a_writer_of_the_previous_release_and_this_one_take_turns(
    store: UserStore, feed: UserFeed, any_database_url: str
) -> None:
    alice, bob = await add(store, "alice"), await add(store, "bob")
    previous = await asyncpg.connect(any_database_url)
    transaction = previous.transaction()
    await transaction.start()
    await previous.execute("UPDATE user_feed SET position = position + 1")
    await previous.execute("INSERT INTO user_changes SELECT $1, position, true FROM user_feed", alice.id)

    await store.delete(bob.id)
    reading = asyncio.create_task(feed.read(await feed.cursor(0)))
    while not await previous.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        await asyncio.sleep(0.01)
    await transaction.commit()
    await previous.close()
    found = await reading
    assert [(change.position, change.user_id) for change in found.changes] == [(1, alice.id), (2, bob.id)]
    assert found.cursor == await feed.cursor()


async def test_a_name_that_goes_while_its_deletion_has_no_position_is_left_out(
    store: UserStore, feed: UserFeed, database: Database
) -> None:
    alice = await add(store, "alice")
    await store.update(alice.id, parse_username("alicia", Violations()), None, LATER)
    before = await feed.cursor(0)
    await feed.read(before)
    await database.fetch("DELETE FROM users WHERE id = $1", alice.id)

    found = await feed.read(before)
    assert (found.changes, found.cursor.position) == ([], 1)


async def test_concurrent_changes_of_one_person_all_count(store: UserStore, feed: UserFeed) -> None:
    alice = await add(store, "alice")

    await asyncio.gather(
        *(store.update(alice.id, parse_username(f"a{number}", Violations()), None, LATER) for number in range(10)),
        *(store.update(alice.id, None, parse_email(f"a{number}@x.org", Violations()), LATER) for number in range(10)),
    )

    assert [(change.position, change.user) for change in await changes(feed)] == [(20, await store.get(alice.id))]


async def test_a_batch_is_at_least_as_new_as_its_position(store: UserStore, feed: UserFeed) -> None:
    people = [await add(store, f"user{number}") for number in range(10)]
    ids = [person.id for person in people]
    stop = asyncio.Event()

    async def delete_all() -> None:
        for person in people:
            await store.delete(person.id)
        stop.set()

    reading = asyncio.create_task(feed.run())
    deleting = asyncio.create_task(delete_all())
    position = 0
    async with asyncio.timeout(10):
        while not stop.is_set() or position < 10:
            position, found = await feed.users(ids)
            assert len(found) <= 10 - position
    await deleting
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_pages_of_a_long_list_join_in_every_order(store: UserStore, any_database_url: str) -> None:
    connection = await asyncpg.connect(any_database_url)
    await connection.execute(
        """
        INSERT INTO users
        SELECT gen_random_uuid(), 'u' || n, 'u' || n, 'u' || n || '@x.org', 'u' || n || '@x.org', now(), now()
        FROM generate_series(1, 20000) n;
        ANALYZE users
        """
    )
    await connection.close()

    for order in Order:
        first = await store.list(Listing(order, 20, None, 0))
        assert (len(first.users), first.total, first.more) == (20, (10_000, True), True)
        after = await store.list(Listing(order, 20, order.key(first.users[-1]), 0))
        both = await store.list(Listing(order, 40, None, 0))
        assert first.users + after.users == both.users

"""The stores on each PostgreSQL that Notewire supports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from service_kit.errors import AlreadyExists, NotFound, Violations
from service_kit.ids import new_id
from service_kit.postgres.database import Database, database_at
from service_kit.postgres.migrations import prepare_schema_of
from tests.postgres import PATIENT_SECONDS
from user_svc.domain.listing import Listing, Order
from user_svc.domain.user import User, parse_email, parse_username
from user_svc.store.feed import FeedStore
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
def store(database: Database) -> UserStore:
    return UserStore(database)


@pytest.fixture
def feed(database: Database) -> FeedStore:
    return FeedStore(database)


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


async def test_an_update_moves_its_time_and_the_feed(store: UserStore, feed: FeedStore) -> None:
    alice = await add(store, "alice")

    changed = await store.update(alice.id, parse_username("alicia", Violations()), None, LATER)
    same = await store.update(alice.id, parse_username("alicia", Violations()), None, LATER + timedelta(hours=1))

    assert changed == alice._replace(username="alicia", updated_at=LATER)
    assert same == changed
    found = await feed.read(0)
    assert (found.position, found.more) == (1, False)
    assert [(change.user_id, change.user) for change in found.changes] == [(alice.id, changed)]


async def test_a_deletion_leaves_its_id_and_no_name(store: UserStore, feed: FeedStore, database: Database) -> None:
    alice = await add(store, "alice")
    await store.update(alice.id, parse_username("alicia", Violations()), None, LATER)
    await store.delete(alice.id)

    assert [(change.position, change.user_id, change.user) for change in (await feed.read(0)).changes] == [
        (2, alice.id, None)
    ]
    tables = await database.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for table in tables:
        rows = await database.fetch(f"SELECT t::text AS row FROM {table['table_name']} t")
        assert "alic" not in "".join(row["row"] for row in rows)


async def test_a_refused_change_takes_no_position(store: UserStore, feed: FeedStore) -> None:
    bob = await add(store, "bob")
    await add(store, "alice")
    with pytest.raises(AlreadyExists):
        await store.update(bob.id, parse_username("alice", Violations()), None, LATER)

    assert await feed.head() == 0


async def test_positions_follow_the_order_of_commits(store: UserStore, feed: FeedStore, any_database_url: str) -> None:
    alice, bob = await add(store, "alice"), await add(store, "bob")
    slow = await asyncpg.connect(any_database_url)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("UPDATE user_feed SET position = position + 1")
    await slow.execute("INSERT INTO user_changes SELECT $1, position, true FROM user_feed", alice.id)

    deleting = asyncio.create_task(store.delete(bob.id))
    while not await slow.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        await asyncio.sleep(0.01)
    # The earlier position is not committed, so the later one cannot be either.
    assert (await feed.read(0)).changes == []

    await transaction.commit()
    await deleting
    await slow.close()
    assert [(change.position, change.user_id) for change in (await feed.read(0)).changes] == [
        (1, alice.id),
        (2, bob.id),
    ]


async def test_concurrent_changes_of_one_person_all_count(store: UserStore, feed: FeedStore) -> None:
    alice = await add(store, "alice")

    await asyncio.gather(
        *(store.update(alice.id, parse_username(f"a{number}", Violations()), None, LATER) for number in range(10)),
        *(store.update(alice.id, None, parse_email(f"a{number}@x.org", Violations()), LATER) for number in range(10)),
    )

    assert await feed.head() == 20
    assert (await feed.read(0)).changes[-1].user == await store.get(alice.id)


async def test_a_batch_is_at_least_as_new_as_its_position(store: UserStore, feed: FeedStore) -> None:
    people = [await add(store, f"user{number}") for number in range(10)]
    ids = [person.id for person in people]
    stop = asyncio.Event()

    async def delete_all() -> None:
        for person in people:
            await store.delete(person.id)
        stop.set()

    deleting = asyncio.create_task(delete_all())
    while not stop.is_set():
        position, found = await feed.users(ids)
        assert len(found) == 10 - position
    await deleting


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

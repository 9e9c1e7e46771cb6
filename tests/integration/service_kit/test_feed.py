"""A feed in a real database: order, followers, and histories that a restore cuts off."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from local.postgres import EmbeddedPostgres
from service_kit.feed import Cursor, ForeignCursor, Step
from service_kit.postgres import feed as kit
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database, database_at
from service_kit.postgres.feed import BATCH, Feed, FeedShape
from service_kit.postgres.listening import Listening
from tests.backups import backup, restore
from tests.directories import new_directory
from tests.postgres import PATIENT_SECONDS

SCHEMA = """
CREATE TABLE letter_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);
CREATE TABLE letters (position bigint PRIMARY KEY, text text NOT NULL);
CREATE TABLE letter_feed (position bigint NOT NULL);
CREATE TABLE letter_feed_marks (position bigint PRIMARY KEY, mark uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO letter_feed VALUES (0);
INSERT INTO letter_feed_marks (position) VALUES (0);
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO letter_feed_marks (position) VALUES (NEW.position); RETURN NULL; END $$;
CREATE TRIGGER mark AFTER UPDATE ON letter_feed FOR EACH ROW EXECUTE FUNCTION mark();
"""
WRITE = "INSERT INTO letter_outbox (text) VALUES ($1)"


class Letters(Feed[str]):
    def __init__(self, database: Database) -> None:
        record = "INSERT INTO letters (position, text) SELECT position, text FROM placed"
        select = f"SELECT position, text FROM letters WHERE position > $1 ORDER BY position LIMIT {BATCH}"
        super().__init__(database, FeedShape("letter", record, select, lambda row: str(row["text"])))
        self.database = database
        self.reads = 0

    async def read(self, after: Cursor) -> Step[str]:
        self.reads += 1
        return await super().read(after)

    async def write(self, *texts: str) -> None:
        for text in texts:
            await self.database.fetch(WRITE, text)
        self.wrote()


@asynccontextmanager
async def process(url: str, *, listens: bool = True) -> AsyncIterator[Letters]:
    """A feed with its works, as a process has it."""
    database = database_at(url, "test", size=5, budget=PATIENT_SECONDS)
    letters = Letters(database)
    works = [asyncio.create_task(letters.run())]
    if listens:
        works.append(asyncio.create_task(Listening(database, {letters.channel: letters.heard}).run()))
    yield letters
    for work in works:
        work.cancel()
    for work in works:
        with suppress(asyncio.CancelledError, ForeignCursor):
            await work
    await database.close()


@pytest.fixture
async def url(any_database_url: str) -> str:
    connection = await asyncpg.connect(any_database_url)
    await connection.execute(SCHEMA)
    await connection.close()
    return any_database_url


@pytest.fixture
async def letters(url: str) -> AsyncIterator[Letters]:
    async with process(url) as letters:
        yield letters


@pytest.fixture
async def session(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


class Follower:
    def __init__(self, letters: Letters, after: Cursor) -> None:
        self._steps: AsyncGenerator[Step[str], None] = letters.follow(after)
        self.cursor = after
        self.heard: list[str] = []

    async def step(self) -> Step[str]:
        async with asyncio.timeout(10):
            step = await anext(self._steps)
        assert step.start == self.cursor
        self.cursor = step.cursor
        self.heard += step.changes
        return step

    async def hears(self, *expected: str) -> None:
        """Returns when just these have been heard."""
        while self.heard != list(expected):
            await self.step()

    async def close(self) -> None:
        await self._steps.aclose()


async def test_followers_hear_what_comes_in_the_order_of_commits(letters: Letters) -> None:
    start = await letters.cursor()
    followers = [Follower(letters, start) for _ in range(3)]
    for follower in followers:
        assert (await follower.step()).complete
    await letters.write("a", "b")
    await letters.write("c")
    for follower in followers:
        await follower.hears("a", "b", "c")
        assert follower.cursor == await letters.cursor()
        await follower.close()


async def test_one_reader_reads_for_all_followers(letters: Letters) -> None:
    followers = [Follower(letters, await letters.cursor()) for _ in range(20)]
    for follower in followers:
        await follower.step()
    before = letters.reads
    await letters.write("a")
    for follower in followers:
        await follower.hears("a")
    assert letters.reads - before < 6
    for follower in followers:
        await follower.close()


async def test_another_process_hears_at_once(letters: Letters, url: str) -> None:
    async with process(url) as other:
        follower = Follower(other, await other.cursor())
        await follower.step()
        # When both have looked, nothing but a notification is left to wake them for a while.
        await follower.step()
        began = asyncio.get_running_loop().time()
        await letters.write("a")
        await follower.hears("a")
        assert asyncio.get_running_loop().time() - began < 3 * kit.LOOK_SECONDS
        await follower.close()


async def test_what_a_dead_process_wrote_is_found_without_a_word(url: str, session: Connection) -> None:
    async with process(url, listens=False) as letters:
        follower = Follower(letters, await letters.cursor())
        await follower.step()
        await session.execute(WRITE, "left behind")
        await follower.hears("left behind")
        await follower.close()


async def test_a_heartbeat_says_that_nothing_was_missed(letters: Letters) -> None:
    follower = Follower(letters, await letters.cursor())
    began = asyncio.get_running_loop().time()
    for _ in range(5):
        step = await follower.step()
        assert (step.changes, step.complete) in [((), True), ([], True)]
    assert (asyncio.get_running_loop().time() - began) / 4 < 3 * 0.5
    await follower.close()


async def test_a_long_feed_is_complete_at_its_end_alone(letters: Letters, session: Connection) -> None:
    await session.execute("INSERT INTO letter_outbox (text) SELECT n::text FROM generate_series(1, 1201) n")
    follower = Follower(letters, await letters.cursor(0))
    steps = [await follower.step() for _ in range(3)]
    assert [(len(step.changes), step.complete) for step in steps] == [(500, False), (500, False), (201, True)]
    # Each of these cursors is one to go on from.
    again = Follower(letters, steps[0].cursor)
    assert (await again.step()).changes == steps[1].changes
    for each in (follower, again):
        await each.close()


async def test_an_exact_step_is_followed_by_an_empty_one(letters: Letters, session: Connection) -> None:
    await session.execute(f"INSERT INTO letter_outbox (text) SELECT 'x' FROM generate_series(1, {BATCH})")
    follower = Follower(letters, await letters.cursor(0))
    steps = [await follower.step(), await follower.step()]
    assert [(len(step.changes), step.complete) for step in steps] == [(BATCH, False), (0, True)]
    await follower.close()


async def test_a_slow_follower_holds_nobody_back_and_misses_nothing(letters: Letters) -> None:
    start = await letters.cursor()
    slow, quick = Follower(letters, start), Follower(letters, start)
    await slow.step()
    expected = []
    for number in range(200):
        expected.append(str(number))
        await letters.write(str(number))
        await quick.hears(*expected)
    await slow.hears(*expected)
    for each in (slow, quick):
        await each.close()


async def test_a_late_step_says_no_longer_that_it_is_complete(letters: Letters) -> None:
    follower = Follower(letters, await letters.cursor())
    await follower.step()
    for text in ("a", "b", "c"):
        await letters.write(text)
        other = Follower(letters, await letters.cursor(0))
        while text not in other.heard:
            await other.step()
        await other.close()
    await asyncio.sleep(0.1)
    complete = []
    while follower.heard != ["a", "b", "c"]:
        complete.append((await follower.step()).complete)
    assert complete == sorted(complete)
    await follower.close()


async def test_who_follows_while_the_reader_is_away_looks_for_themselves(url: str) -> None:
    database = database_at(url, "test", size=2, budget=PATIENT_SECONDS)
    letters = Letters(database)
    follower = Follower(letters, await letters.cursor())
    await follower.step()
    await letters.write("a")
    await follower.hears("a")
    await follower.close()
    await database.close()


async def test_nothing_is_skipped_or_told_twice_while_many_write(url: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    writers, each = 8, 30
    async with process(url) as one, process(url) as two:
        start = await one.cursor()
        followers = [Follower(one, start), Follower(two, start)]

        async def write(writer: int) -> None:
            connection = await asyncpg.connect(url)
            for number in range(each):
                async with connection.transaction():
                    await connection.execute(WRITE, f"{writer}/{number}")
                    await asyncio.sleep(chance.uniform(0, 0.01))
                chance.choice([one, two]).wrote()
            await connection.close()

        async def follow(follower: Follower) -> None:
            while len(follower.heard) < writers * each:
                await follower.step()

        await asyncio.gather(*(write(writer) for writer in range(writers)), *map(follow, followers))
        heard = followers[0].heard
        assert heard == followers[1].heard
        assert len(set(heard)) == writers * each
        for writer in range(writers):
            own = [text for text in heard if text.startswith(f"{writer}/")]
            assert own == [f"{writer}/{number}" for number in range(each)]
        for follower in followers:
            await follower.close()


async def refused(letters: Letters, cursor: Cursor) -> bool:
    async with aclosing(letters.follow(cursor)) as steps:
        try:
            await anext(steps)
        except ForeignCursor:
            return True
    return False


async def test_a_cursor_beyond_the_head_or_of_another_database_is_foreign(letters: Letters) -> None:
    await letters.write("a")
    here = (await letters.read(await letters.cursor(0))).cursor
    assert not await refused(letters, here)
    assert await refused(letters, here._replace(position=2))
    assert await refused(letters, here._replace(mark=(await letters.cursor(0)).mark))
    with pytest.raises(ForeignCursor):
        await letters.cursor(2)


async def test_a_cursor_older_than_every_mark_is_foreign(letters: Letters, session: Connection) -> None:
    old = await letters.cursor()
    await letters.write("a")
    newer = (await letters.read(old)).cursor
    await letters.write("b")
    await letters.read(newer)
    await session.execute("DELETE FROM letter_feed_marks WHERE position < 2")
    assert await refused(letters, old)
    assert await refused(letters, newer)
    assert not await refused(letters, await letters.cursor())


async def grow_by(letters: Letters, count: int) -> Cursor:
    """Writes one by one, so that each has a mark of its own; where the feed ends then."""
    for number in range(count):
        await letters.write(f"{number}")
        await letters.read(await letters.cursor(0))
    return await letters.cursor()


async def check_restored(letters: Letters, before: Cursor, lost: Cursor) -> None:
    """What was known at the backup goes on, what came after it is foreign, however far the feed has grown again."""
    assert await refused(letters, lost)
    assert not await refused(letters, before)
    for _ in range(4):
        await grow_by(letters, 1)
        assert await refused(letters, lost)
        assert not await refused(letters, before)
    assert (await letters.cursor()).position > lost.position


async def test_a_dump_that_is_restored_cuts_off_what_came_after_it(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    await connection.close()
    async with process(database_url) as letters:
        before = await grow_by(letters, 3)
        dump = await asyncio.to_thread(backup, database_url)
        lost = await grow_by(letters, 3)
        follower = Follower(letters, lost)
        await follower.step()
        await asyncio.to_thread(restore, database_url, dump)
        # A stream that is open notices too.
        with pytest.raises(ForeignCursor):
            await follower.hears("never")
        await check_restored(letters, before, lost)


async def test_a_data_directory_that_is_put_back_cuts_off_what_came_after_it() -> None:
    with new_directory() as place:
        data = Path(place) / "data"
        server = EmbeddedPostgres(data, Path(place) / "sockets", Path(place) / "log")
        server.start()
        try:
            connection = await asyncpg.connect(server.url)
            await connection.execute(SCHEMA)
            await connection.close()
            async with process(server.url) as letters:
                before = await grow_by(letters, 3)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(shutil.copytree, data, data.with_name("backup"))
            server.start()
            async with process(server.url) as letters:
                lost = await grow_by(letters, 3)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(shutil.rmtree, data)
            await asyncio.to_thread(shutil.move, data.with_name("backup"), data)
            await asyncio.to_thread(
                lambda: [shutil.chown(path, _owner(data.parent / "sockets")) for path in [data, *data.rglob("*")]]
            )
            server.start()
            async with process(server.url) as letters:
                await check_restored(letters, before, lost)
        finally:
            await asyncio.to_thread(server.stop)


def _owner(path: Path) -> int:
    return path.stat().st_uid


async def test_a_cursor_inside_a_batch_belongs_to_the_history_of_that_batch(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    async with process(database_url) as letters:
        dump = await asyncio.to_thread(backup, database_url)
        many = "INSERT INTO letter_outbox (text) SELECT 'x' FROM generate_series(1, 900)"
        await connection.execute(many)
        inside = (await letters.read(await letters.cursor(0))).cursor
        assert inside.position == BATCH
        await asyncio.to_thread(restore, database_url, dump)
        await connection.execute(many)
        assert (await letters.read(await letters.cursor(0))).cursor.position == BATCH
        assert await refused(letters, inside)
    await connection.close()

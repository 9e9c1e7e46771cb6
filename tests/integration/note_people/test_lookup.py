from __future__ import annotations

import asyncio
import time
from uuid import UUID

import pytest

from note_svc.domain.person import Person, UserNotFound
from note_svc.people.cache import PersonChange, UserCache
from note_svc.people.lookup import ANSWER_SECONDS, MAX_IDS, UserLookup, UserServiceUnavailable
from tests.integration.note_people.user_directory import Directory, served

A, B, NOBODY = (UUID(int=number) for number in (1, 2, 3))


def heard(cache: UserCache, *changes: PersonChange, position: int = 1) -> None:
    cache.apply(changes, position, complete=True)


async def test_callers_at_the_same_time_ask_once_and_then_the_cache_answers() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    directory.names = {A: "Alice", B: "Bob"}
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, cache)
        heard(cache)
        directory.answering.clear()
        asking = [asyncio.create_task(lookup.known({A, B, NOBODY}, None)) for _ in range(20)]
        async with asyncio.timeout(5):
            while not directory.asked:
                await asyncio.sleep(0.005)
        directory.answering.set()
        for names in await asyncio.gather(*asking):
            assert {key: person.username for key, person in names.items()} == directory.names
        assert directory.asked == [sorted([A, B, NOBODY])]
        await lookup.known({A, B}, None)
        await lookup.require(A, None)
        assert len(directory.asked) == 1


async def test_a_list_with_very_many_people_asks_in_few_calls() -> None:
    directory = Directory()
    directory.names = {UUID(int=number): f"user{number}" for number in range(2 * MAX_IDS + 1)}
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, UserCache(time.monotonic))
        assert (await lookup.known(directory.names.keys(), None)).keys() == directory.names.keys()
        assert sorted(map(len, directory.asked)) == [1, MAX_IDS, MAX_IDS]


async def test_a_question_has_all_the_time_of_an_answer_and_each_caller_waits_as_long_as_they_can() -> None:
    directory = Directory()
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, UserCache(time.monotonic))
        for budget in (None, 60.0, 0.4):
            with pytest.raises(UserNotFound):
                await lookup.require(A, budget)
        for left in directory.time_left:
            assert left is not None
            # gRPC sends a deadline in whole milliseconds, rounded up.
            assert ANSWER_SECONDS / 2 < left <= ANSWER_SECONDS + 0.002
        with pytest.raises(UserServiceUnavailable):
            await lookup.require(A, 0.01)
        assert len(directory.asked) == 3


async def test_a_reader_in_a_hurry_takes_no_names_from_the_others() -> None:
    directory = Directory()
    directory.names = {A: "Alice"}
    directory.answering.clear()
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, UserCache(time.monotonic))
        hasty = [asyncio.create_task(lookup.known({A}, 0.1)) for _ in range(5)]
        async with asyncio.timeout(5):
            while not directory.asked:
                await asyncio.sleep(0.005)
        patient = [asyncio.create_task(lookup.known({A}, None)), asyncio.create_task(lookup.require(A, 30))]
        assert await asyncio.gather(*hasty) == [{}] * 5
        patient.append(asyncio.create_task(lookup.known({A}, None)))
        await asyncio.sleep(0)
        directory.answering.set()
        names, nothing, more = await asyncio.gather(*patient)
        assert names == more == {A: Person(A, "Alice", "Alice@example.com")}
        assert nothing is None
        assert len(directory.asked) == 1


async def test_a_caller_who_leaves_takes_no_answer_from_the_others() -> None:
    directory = Directory()
    directory.names = {A: "Alice"}
    directory.answering.clear()
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, UserCache(time.monotonic))
        leaving = asyncio.create_task(lookup.require(A, None))
        staying = asyncio.create_task(lookup.require(A, None))
        async with asyncio.timeout(5):
            while not directory.asked:
                await asyncio.sleep(0.005)
        leaving.cancel()
        directory.answering.set()
        await staying
        assert len(directory.asked) == 1


async def test_a_directory_that_is_away_for_a_moment_fails_no_writer_and_holds_up_no_reader() -> None:
    directory = Directory()
    directory.names = {A: "Alice"}
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, UserCache(time.monotonic))
        directory.failures = 4
        assert await lookup.known({A}, None) == {}
        assert len(directory.asked) == 1
        await lookup.require(A, None)
        assert len(directory.asked) == 5
        directory.failures = 1000
        began = time.monotonic()
        with pytest.raises(UserServiceUnavailable):
            await lookup.require(B, None)
        assert time.monotonic() - began < 3 * ANSWER_SECONDS


async def test_a_slow_answer_does_not_bring_an_old_name_back() -> None:
    directory, cache = Directory(), UserCache(time.monotonic)
    directory.names = {A: "old"}
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, cache)
        heard(cache)
        directory.answering.clear()
        asking = asyncio.create_task(lookup.known({A}, None))
        async with asyncio.timeout(5):
            while not directory.asked:
                await asyncio.sleep(0.005)
        # The answer is on its way with the old name; the feed is faster.
        heard(cache, PersonChange(A, 2, Person(A, "new", "new@example.com")), position=2)
        directory.names, directory.position = {A: "new"}, 2
        directory.answering.set()
        await asking
        assert (await lookup.known({A}, None))[A].username == "new"


async def test_a_reader_sees_old_names_while_nothing_answers_and_does_not_wait_again_and_again() -> None:
    directory, now = Directory(), 100.0
    cache = UserCache(lambda: now)
    directory.names = {A: "Alice"}
    async with served(directory) as stub:
        lookup = UserLookup(stub.BatchGetUsers, cache)
        heard(cache)
        await lookup.known({A}, None)
        now += 60
        directory.answering.clear()
        names = await lookup.known({A, B}, 0.2)
        assert {key: person.username for key, person in names.items()} == {A: "Alice"}
        began = time.monotonic()
        for _ in range(10):
            assert (await lookup.known({A, B}, None)).keys() == {A}
        assert time.monotonic() - began < 3 * ANSWER_SECONDS
        assert len(directory.asked) == 2

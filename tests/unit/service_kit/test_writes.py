from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
import pytest

from service_kit.batching.writes import DEFAULT_LIMITS, GroupCommit, Limits
from service_kit.errors import Lost


class Item(NamedTuple):
    key: str
    weight: int = 0


class Sizes:
    def __init__(self) -> None:
        self.seen: list[float] = []

    def observe(self, amount: float) -> None:
        self.seen.append(amount)


class Writer:
    """Writes when the test lets it; items whose key starts with "bad" fail as a statement would."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self._gate = asyncio.Event()

    def open(self) -> None:
        self._gate.set()

    async def write(self, items: Sequence[Item]) -> list[str]:
        keys = [item.key for item in items]
        self.batches.append(keys)
        await self._gate.wait()
        if any(key.startswith("bad") for key in keys):
            raise asyncpg.DataError("bad")
        if any(key.startswith("lost") for key in keys):
            raise ConnectionError("lost")
        if any(key.startswith("silent") for key in keys):
            raise Lost("the database does not answer")
        return [f"{key} done" for key in keys]


def group(writer: Writer, limits: Limits = DEFAULT_LIMITS) -> tuple[GroupCommit[Item, str], Sizes]:
    sizes = Sizes()
    commit: GroupCommit[Item, str] = GroupCommit(
        writer.write,
        key=lambda item: item.key,
        weight=lambda item: item.weight,
        sizes=sizes,
        undone=asyncpg.PostgresError,
        limits=limits,
    )
    return commit, sizes


def submit(commit: GroupCommit[Item, str], *items: Item | str) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(commit.submit(Item(item) if isinstance(item, str) else item)) for item in items]


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_writes_gather_while_others_are_under_way() -> None:
    writer = Writer()
    commit, sizes = group(writer)
    first = submit(commit, "a")
    await turns()
    rest = submit(commit, "b", "c", "d")
    await turns()
    assert writer.batches == [["a"]]
    writer.open()
    assert await asyncio.gather(*first, *rest) == ["a done", "b done", "c done", "d done"]
    assert writer.batches == [["a"], ["b", "c", "d"]]
    assert sizes.seen == [1, 3]


async def test_a_single_write_starts_at_once_again_and_again() -> None:
    writer = Writer()
    writer.open()
    commit, _ = group(writer)
    for number in range(50):
        assert await commit.submit(Item(str(number))) == f"{number} done"
    assert len(writer.batches) == 50


async def test_equal_keys_are_written_one_after_the_other_in_order() -> None:
    writer = Writer()
    commit, _ = group(writer)
    tasks = submit(commit, "a")
    await turns()
    tasks += submit(commit, "a", "a", "b", "a", "c")
    await turns()
    writer.open()
    await asyncio.gather(*tasks)
    assert writer.batches == [["a"], ["a", "b", "c"], ["a"], ["a"]]


async def test_a_batch_is_limited_in_number_and_weight() -> None:
    writer = Writer()
    commit, _ = group(writer, Limits(items=3, weight=10))
    tasks = submit(commit, Item("x", 50))
    await turns()
    tasks += submit(commit, "a", "b", "c", Item("d", 6), Item("e", 6), Item("f", 99), "g")
    await turns()
    writer.open()
    await asyncio.gather(*tasks)
    assert writer.batches == [["x"], ["a", "b", "c"], ["d"], ["e"], ["f"], ["g"]]


async def test_only_the_faulty_write_of_a_batch_fails() -> None:
    writer = Writer()
    commit, _ = group(writer)
    first = submit(commit, "a")
    await turns()
    rest = submit(commit, "b", "bad", "c")
    await turns()
    writer.open()
    results = await asyncio.gather(*first, *rest, return_exceptions=True)
    assert [str(result) for result in results] == ["a done", "b done", "bad", "c done"]
    assert await commit.submit(Item("next")) == "next done"


async def test_when_the_outcome_is_unknown_everybody_hears_of_it_and_nothing_is_written_twice() -> None:
    writer = Writer()
    commit, _ = group(writer)
    first = submit(commit, "a")
    await turns()
    rest = submit(commit, "b", "lost")
    await turns()
    writer.open()
    await asyncio.gather(*first)
    results = await asyncio.gather(*rest, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    assert writer.batches == [["a"], ["b", "lost"]]


async def test_who_waits_behind_a_lost_database_hears_of_it_at_once() -> None:
    writer = Writer()
    commit, _ = group(writer, Limits(items=1))
    tasks = submit(commit, "silent", "b", "c")
    await turns()
    writer.open()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Lost] * 3
    assert writer.batches == [["silent"]]
    assert await commit.submit(Item("d")) == "d done"


async def test_a_caller_who_leaves_takes_a_waiting_write_back_and_no_other() -> None:
    writer = Writer()
    commit, _ = group(writer)
    (under_way,) = submit(commit, "a")
    await turns()
    waiting, other = submit(commit, "b", "c")
    await turns()
    under_way.cancel()
    waiting.cancel()
    writer.open()
    assert await other == "c done"
    assert writer.batches == [["a"], ["c"]]
    with pytest.raises(asyncio.CancelledError):
        await under_way


async def test_no_write_is_left_behind_under_random_load() -> None:
    writer = Writer()
    writer.open()
    commit, _ = group(writer, Limits(items=4))

    async def client(number: int) -> None:
        for turn in range(40):
            await commit.submit(Item(f"{(number * turn) % 7}"))
            await turns((number + turn) % 3)

    async with asyncio.timeout(20):
        await asyncio.gather(*(client(number) for number in range(20)))
    assert sum(map(len, writer.batches)) == 800
    assert all(len(set(batch)) == len(batch) <= 4 for batch in writer.batches)

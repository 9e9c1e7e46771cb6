from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from note_svc.store.group_read import GroupRead


class Reader:
    """Reads when the test lets it; knows every key but "none"."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.state = "old"
        self._gate = asyncio.Event()

    def open(self) -> None:
        self._gate.set()

    async def read(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.batches.append(list(keys))
        values = {key: f"{key} {self.state}" for key in keys if key != "none"}
        await self._gate.wait()
        if "bad" in keys:
            raise ConnectionError
        return values


def ask(reads: GroupRead[str, str], *keys: str) -> list[asyncio.Task[str | None]]:
    return [asyncio.create_task(reads.get(key)) for key in keys]


async def under_way(reader: Reader, number: int) -> None:
    async with asyncio.timeout(5):
        while len(reader.batches) < number:
            await asyncio.sleep(0)


async def test_reads_gather_and_equal_ones_are_one() -> None:
    reader = Reader()
    reads = GroupRead(reader.read)
    first = ask(reads, "a")
    await under_way(reader, 1)
    second = ask(reads, "b")
    await under_way(reader, 2)
    rest = ask(reads, "c", "none", "c")
    reader.open()
    assert await asyncio.gather(*first, *second, *rest) == ["a old", "b old", "c old", None, "c old"]
    assert reader.batches == [["a"], ["b"], ["c", "none"]]


async def test_nobody_gets_what_was_read_before_they_asked() -> None:
    reader = Reader()
    reads = GroupRead(reader.read)
    early = ask(reads, "a")
    await under_way(reader, 1)
    reader.state = "new"
    late = ask(reads, "a")
    reader.open()
    assert await asyncio.gather(*early, *late) == ["a old", "a new"]


async def test_a_failure_is_everybodys_in_the_batch_and_the_next_one_is_served() -> None:
    reader = Reader()
    reader.open()
    reads = GroupRead(reader.read)
    results = await asyncio.gather(*ask(reads, "a", "bad"), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    assert await reads.get("a") == "a old"


async def test_a_caller_who_leaves_leaves_the_others_alone() -> None:
    reader = Reader()
    reads = GroupRead(reader.read)
    leaving, staying = ask(reads, "a", "a")
    await under_way(reader, 1)
    leaving.cancel()
    reader.open()
    assert await staying == "a old"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_no_read_is_left_behind_under_load() -> None:
    reader = Reader()
    reader.open()
    reads = GroupRead(reader.read)

    async def client(number: int) -> None:
        for turn in range(50):
            assert await reads.get(str((number + turn) % 9)) is not None
            for _ in range((number + turn) % 3):
                await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(*(client(number) for number in range(20)))

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from service_kit.batching.reads import SharedReads
from service_kit.errors import Lost


class Table:
    """What is read; a read answers when the test lets it."""

    def __init__(self) -> None:
        self.values = {number: f"value {number}" for number in range(100)}
        self.reads: list[Sequence[int]] = []
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def read(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.reads.append(keys)
        found = {key: self.values[key] for key in keys if key in self.values}
        error = await self.answers.get()
        if error is not None:
            raise error
        return found

    def answer(self, times: int, error: Exception | None = None) -> None:
        for _ in range(times):
            self.answers.put_nowait(error)


async def asked(reads: SharedReads[int, str], *keys: int) -> list[asyncio.Task[str | None]]:
    tasks = [asyncio.create_task(reads.get(key)) for key in keys]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_reads_that_come_while_others_are_under_way_share_a_batch() -> None:
    table = Table()
    reads = SharedReads(table.read)
    first = await asked(reads, 1)
    rest = await asked(reads, 3, 4, 4, 500)
    table.answer(2)

    assert await first[0] == "value 1"
    assert await asyncio.gather(*rest) == ["value 3", "value 4", "value 4", None]
    assert table.reads == [[1], [3, 4, 500]]


async def test_nobody_gets_an_answer_from_a_read_that_began_before_they_asked() -> None:
    table = Table()
    reads = SharedReads(table.read)
    early = await asked(reads, 1)
    table.values[1] = "written"
    late = await asked(reads, 1)
    table.answer(2)

    assert await early[0] == "value 1"
    assert await late[0] == "written"


async def test_who_gives_up_leaves_the_others_alone() -> None:
    table = Table()
    reads = SharedReads(table.read)
    leaver, stayer = await asked(reads, 1, 1)
    leaver.cancel()
    table.answer(1)

    assert await stayer == "value 1"


async def test_an_error_is_everybodys_in_the_batch_alone() -> None:
    table = Table()
    reads = SharedReads(table.read)
    both = await asked(reads, 1)
    both += await asked(reads, 2)
    behind = await asked(reads, 3)
    table.answer(1, KeyError("broken"))
    table.answer(2)

    results = await asyncio.gather(*both, *behind, return_exceptions=True)

    assert isinstance(results[0], KeyError)
    assert results[1:] == ["value 2", "value 3"]


async def test_who_waits_behind_a_lost_database_hears_of_it_at_once() -> None:
    table = Table()
    reads = SharedReads(table.read)
    tasks = await asked(reads, 1, 2)
    tasks += await asked(reads, 3)
    tasks += await asked(reads, 4)
    table.answer(1, Lost("the database does not answer"))

    for task in tasks:
        with pytest.raises(Lost):
            await task
    table.answer(1)
    again = await asked(reads, 5)
    assert await again[0] == "value 5"


async def test_under_load_a_read_waits_for_those_who_come_right_after_it() -> None:
    table = Table()
    reads = SharedReads(table.read)
    table.answer(4)
    first = await asked(reads, 1)
    crowd = await asked(reads, 2, 3, 4)
    await asyncio.gather(*first, *crowd)
    early = await asked(reads, 5)
    late = await asked(reads, 6)

    assert await asyncio.gather(*early, *late) == ["value 5", "value 6"]
    assert table.reads == [[1], [2, 3, 4], [5, 6]]


async def test_a_slow_read_holds_nobody_up() -> None:
    table = Table()
    reads = SharedReads(table.read)
    slow = await asked(reads, 1)
    quick = await asked(reads, 2)
    while len(table.reads) < 2:
        await asyncio.sleep(0.001)
    table.answer(2)

    assert await asyncio.gather(*slow, *quick) == ["value 1", "value 2"]


async def test_few_slow_reads_are_under_way_at_a_time() -> None:
    table = Table()
    reads = SharedReads(table.read)
    tasks = []
    for key in range(4):
        tasks += await asked(reads, key)
        while len(table.reads) <= key:
            await asyncio.sleep(0.001)
    tasks += await asked(reads, 4, 5, 6)
    await asyncio.sleep(0.05)
    assert table.reads == [[0], [1], [2], [3]]
    table.answer(7)

    assert await asyncio.gather(*tasks) == [f"value {key}" for key in range(7)]


async def test_a_batch_takes_only_so_many_keys() -> None:
    table = Table()
    reads = SharedReads(table.read, 2)
    tasks = await asked(reads, 1)
    tasks += await asked(reads, 2, 3, 4)
    table.answer(3)

    await asyncio.gather(*tasks)
    assert table.reads == [[1], [2, 3], [4]]

import asyncio
from time import monotonic

import pytest

from service_kit.company import Company

# The most that a batch waits: three steps of a millisecond; a busy machine wakes late.
LONGEST_SECONDS = 0.003
SLACK = 3


async def seconds_to_gather(company: Company, waiting: int) -> float:
    began = monotonic()
    await company.gather(waiting)
    return monotonic() - began


@pytest.mark.parametrize("size", [1, 2])
async def test_after_a_small_batch_the_next_begins_without_giving_up_the_turn(size: int) -> None:
    company = Company()
    company.arrive()
    company.leave(size)
    company.arrive()
    elsewhere = asyncio.ensure_future(asyncio.sleep(0))

    await company.gather(1)

    assert not elsewhere.done()
    elsewhere.cancel()


async def test_after_a_large_batch_who_comes_within_milliseconds_is_waited_for() -> None:
    company = Company()
    company.leave(3)
    company.arrive()
    gathering = asyncio.create_task(company.gather(1))
    await asyncio.sleep(0)
    assert not gathering.done()

    company.arrive()
    await asyncio.sleep(0)
    assert not gathering.done()
    await asyncio.wait_for(gathering, 1)


async def test_nobody_waits_longer_than_three_milliseconds_however_many_come() -> None:
    company = Company()
    company.leave(3)
    company.arrive()

    async def keep_coming() -> None:
        while True:
            await asyncio.sleep(0.0005)
            company.arrive()

    coming = asyncio.create_task(keep_coming())
    times = sorted([await seconds_to_gather(company, 1) for _ in range(15)])
    coming.cancel()

    print(f"gathered in {times[3] * 1000:.1f} ms")
    assert times[3] < SLACK * LONGEST_SECONDS


async def test_who_waits_already_counts_towards_a_full_batch() -> None:
    company = Company()
    company.leave(16)
    for _ in range(16):
        company.arrive()
    elsewhere = asyncio.ensure_future(asyncio.sleep(0))

    await company.gather(16)

    assert not elsewhere.done()
    elsewhere.cancel()

import asyncio
from time import monotonic

import pytest

from service_kit.batching.window import Window

# The most that a batch waits; a busy machine wakes late.
LONGEST_SECONDS = 0.003
SLACK = 3


async def begins_at_once(window: Window, waiting: int) -> bool:
    """Whether a batch begins without giving up the turn."""
    gathering = asyncio.create_task(window.gather(waiting))
    await asyncio.sleep(0)
    at_once = gathering.done()
    await gathering
    return at_once


async def test_callers_who_come_one_after_the_other_never_wait() -> None:
    window = Window()
    for _ in range(3):
        window.arrive()
        assert await begins_at_once(window, 1)
        window.end(1, 0)


@pytest.mark.parametrize(("size", "meanwhile"), [(3, 0), (1, 2)])
async def test_as_many_are_waited_for_as_were_there_together(size: int, meanwhile: int) -> None:
    window = Window()
    window.end(size, meanwhile)
    window.arrive()
    gathering = asyncio.create_task(window.gather(1))
    await asyncio.sleep(0)
    window.arrive()
    await asyncio.sleep(0)
    assert not gathering.done()

    window.arrive()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert gathering.done()


async def test_nobody_waits_longer_than_three_milliseconds_for_who_does_not_come() -> None:
    window = Window()
    times = []
    for _ in range(15):
        window.end(16, 0)
        window.arrive()
        began = monotonic()
        await window.gather(1)
        times.append(monotonic() - began)

    longest = sorted(times)[3]
    print(f"gathered in {longest * 1000:.1f} ms")
    assert longest < SLACK * LONGEST_SECONDS


async def test_who_did_not_come_is_not_waited_for_again() -> None:
    window = Window()
    window.end(16, 0)
    assert not await begins_at_once(window, 1)
    window.end(1, 0)

    assert await begins_at_once(window, 1)


@pytest.mark.parametrize(("at_most", "enough"), [(64, 16), (16, 16), (1, 1)])
async def test_a_batch_that_is_large_enough_waits_for_nobody(at_most: int, enough: int) -> None:
    window = Window(at_most)
    window.end(64, 64)

    assert await begins_at_once(window, enough)
    window.end(64, 64)
    assert enough == 1 or not await begins_at_once(window, enough - 1)

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from service_kit.errors import Unavailable
from service_kit.process.supervisor import Supervisor


class Failing:
    """A work that ends each time as the test says, and then goes on for ever."""

    def __init__(self, *ends: Exception | None) -> None:
        self._ends = list(ends)
        self.begun = 0
        self.goes_on = asyncio.Event()

    async def run(self) -> None:
        self.begun += 1
        if self._ends:
            end = self._ends.pop(0)
            if end is not None:
                raise end
        else:
            self.goes_on.set()
            await asyncio.Event().wait()


@asynccontextmanager
async def kept(work: Failing) -> AsyncIterator[CollectorRegistry]:
    registry = CollectorRegistry()
    task = asyncio.create_task(Supervisor(registry).keep("work", work.run))
    try:
        async with asyncio.timeout(10):
            await work.goes_on.wait()
        yield registry
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


@pytest.mark.parametrize("end", [Unavailable("away"), KeyError("a fault of ours"), OSError("no route"), None])
async def test_a_work_that_ends_in_any_way_begins_again_and_is_counted(end: Exception | None) -> None:
    work = Failing(end, end, end)
    async with kept(work) as registry:
        assert work.begun == 4
        assert registry.get_sample_value("background_restarts_total", {"work": "work"}) == 3
        assert registry.get_sample_value("background_running", {"work": "work"}) == 1


async def test_a_work_that_never_ends_is_counted_from_the_start() -> None:
    async with kept(Failing()) as registry:
        assert registry.get_sample_value("background_restarts_total", {"work": "work"}) == 0

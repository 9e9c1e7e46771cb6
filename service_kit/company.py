"""When a batch waits for company: adaptive batching, as network cards do it with interrupts.

grpc.aio takes calls off the wire one by one. So under load few are inside the process at a time although many are on
their way, and a batch that begins at once is almost empty, yet costs a round trip.
"""

import asyncio

_COMPANY = 3
_ENOUGH = 16
_STEP_SECONDS = 0.001
_STEPS = 3


class Company:
    """Counts who arrives for a batch, and waits for more of them only while that pays.

    After a batch of fewer than three the next begins at once, so callers who come one after the other never wait. After
    a larger one it waits as long as somebody comes in each millisecond, up to three, or until sixteen are there.
    """

    def __init__(self) -> None:
        self._arrived = 0
        self._pays = False

    def arrive(self) -> None:
        """One more has come for the next batch."""
        self._arrived += 1

    def leave(self, size: int) -> None:
        """A batch of this size begins."""
        self._pays = size >= _COMPANY

    async def gather(self, waiting: int) -> None:
        """Returns when the next batch should begin, for which some are waiting already."""
        if not self._pays:
            return
        before = self._arrived - waiting
        for _ in range(_STEPS):
            seen = self._arrived
            if seen - before >= _ENOUGH:
                return
            await asyncio.sleep(_STEP_SECONDS)
            if self._arrived == seen:
                return

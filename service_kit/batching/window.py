"""When a batch waits for window.

grpc.aio takes calls off the wire one by one. So under load few are inside the process at a time although many are on
their way, and a batch that begins at once is almost empty, yet costs a round trip.
"""

import asyncio

_ENOUGH = 16
_LONGEST_SECONDS = 0.003


class Window:
    """Tells from the last batch how many to expect for the next one, and waits for them.

    Whoever came while a batch was under way did not come because of its answers, so they and those in it are callers
    side by side. The next batch begins when as many are there again, or after three milliseconds; if fewer came, fewer
    are expected from then on. So callers who come one after the other never wait. Sixteen are always enough, and so is
    what a batch takes at most.
    """

    def __init__(self, at_most: int = _ENOUGH) -> None:
        self._enough = min(at_most, _ENOUGH)
        self._expected = 1
        self._missing = 0
        self._complete: asyncio.Future[None] | None = None

    def arrive(self) -> None:
        """One more has come for the next batch."""
        self._missing -= 1
        if self._missing == 0 and self._complete is not None and not self._complete.done():
            self._complete.set_result(None)

    async def gather(self, waiting: int) -> None:
        """Returns when the next batch should begin, for which some are waiting already."""
        self._missing = self._expected - waiting
        if self._missing <= 0:
            return
        loop = asyncio.get_running_loop()
        complete = self._complete = loop.create_future()
        timer = loop.call_later(_LONGEST_SECONDS, self._give_up, complete)
        try:
            await complete
        finally:
            timer.cancel()
            self._complete = None

    def end(self, size: int, waiting: int) -> None:
        """A batch of this size has ended; so many have come meanwhile."""
        self._expected = min(size + waiting, self._enough)

    def _give_up(self, complete: "asyncio.Future[None]") -> None:
        if not complete.done():
            complete.set_result(None)

"""Starts again what has ended by itself, and gives up on what does not stay."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable

from local.errors import StackError
from local.processes import Process

_TRIES = 3
_WITHIN_SECONDS = 20.0


class Restarts:
    """Watches processes: `check` now and then.

    One that has ended is started again, with a line for `say`. One that ended more than three times within 20 s ends
    the stack or, when its name is among `waiting`, is left alone until `forget`.
    """

    def __init__(self, processes: Iterable[Process], say: Callable[[str], None], waiting: Collection[str] = ()) -> None:
        self._processes = processes
        self._say = say
        self._waiting = waiting
        self._moments: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_TRIES))
        self._given_up: set[str] = set()

    def check(self) -> None:
        """StackError when a process does not stay."""
        for process in self._processes:
            ending = process.ending()
            if ending is None or process.name in self._given_up:
                continue
            if self._stays(process.name):
                self._say(f"{ending}; starting it again")
                # What it left running, a database server's children for one, would be in the way.
                process.kill()
                process.start()
            elif process.name in self._waiting:
                self._given_up.add(process.name)
                self._say(f"{ending}; it starts again with the next change")
            else:
                raise StackError(ending)

    def forget(self, name: str) -> None:
        """What was started anew by others counts from the beginning."""
        self._given_up.discard(name)
        self._moments.pop(name, None)

    def _stays(self, name: str) -> bool:
        moments, now = self._moments[name], time.monotonic()
        stays = len(moments) < _TRIES or now - moments[0] > _WITHIN_SECONDS
        moments.append(now)
        return stays

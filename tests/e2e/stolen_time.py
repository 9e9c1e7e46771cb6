"""How much of the processor was withheld from this machine, which as a virtual one shares it with others."""

import threading
from pathlib import Path
from typing import NamedTuple, Self

_SAMPLE_SECONDS = 0.5
# A call may then take seconds, and nothing that runs here can help it.
_STANDSTILL = 0.5


class _Ticks(NamedTuple):
    stolen: int
    all: int


class StolenTime:
    """Watches the first line of /proc/stat (proc_stat(5)) while it is entered."""

    worst_share = 0.0
    """The largest share of the processors' time that was stolen in two samples on end."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def stood_still(self) -> bool:
        """Whether half of a second or more was stolen from the machine."""
        return self.worst_share >= _STANDSTILL

    def _watch(self) -> None:
        samples = [_ticks(), _ticks()]
        while not self._ended.wait(_SAMPLE_SECONDS):
            samples.append(_ticks())
            first, _, last = samples
            self.worst_share = max(self.worst_share, (last.stolen - first.stolen) / max(last.all - first.all, 1))
            del samples[0]


def _ticks() -> _Ticks:
    # user nice system idle iowait irq softirq steal; guest time is part of user.
    numbers = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return _Ticks(numbers[7], sum(numbers))

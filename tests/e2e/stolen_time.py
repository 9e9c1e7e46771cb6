"""How much of the processor was withheld from this machine, which as a virtual one shares it with others."""

import threading
from pathlib import Path
from typing import NamedTuple

_SAMPLE_SECONDS = 0.5


class _Ticks(NamedTuple):
    stolen: int
    all: int


class StolenTime:
    """Watches the first line of /proc/stat (proc_stat(5)) from its start on."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch."""
        self._ended.set()
        self._thread.join()

    def worst_share(self) -> float:
        """The largest share of the processors' time that was stolen in two samples on end, since the last question."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _watch(self) -> None:
        samples = [_ticks(), _ticks()]
        while not self._ended.wait(_SAMPLE_SECONDS):
            samples.append(_ticks())
            first, _, last = samples
            self._worst = max(self._worst, (last.stolen - first.stolen) / max(last.all - first.all, 1))
            del samples[0]


def _ticks() -> _Ticks:
    # user nice system idle iowait irq softirq steal; guest time is part of user.
    numbers = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return _Ticks(numbers[7], sum(numbers))

"""Child processes: each with a log of its own, and none that outlives this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import StackError

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
_POLL_SECONDS = 0.02


@dataclass
class Process:
    """A command to run beside this process, started and stopped as often as one likes."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables added to this process's own."""
    directory: Path = field(default_factory=Path.cwd)
    user: str = ""
    """The account to run as; empty: this process's own."""
    stop_signal: signal.Signals = signal.SIGTERM
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts with a new log; the last one stays beside it as NAME.log.1."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        launch = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), str(os.getpid()), self.stop_signal.name, self.user]
        with self.log.open("wb") as log:
            # A session of its own, so that Ctrl-C in a terminal reaches this process alone, which stops all in order.
            self._child = subprocess.Popen(
                [*launch, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def exit_status(self) -> int | None:
        """None before it has ended; below zero the signal that ended it."""
        return self._child.poll() if self._child is not None else None

    def ending(self) -> str | None:
        """In one line how the process, which was started, has ended by itself; None otherwise."""
        if self._child is None or self._child.poll() is None:
            return None
        return f"{self.name} ended with {_ending(self._child.returncode)}{self._last_words()}"

    def raise_if_ended(self) -> None:
        """StackError in one line when the process was started and has ended by itself."""
        if (ending := self.ending()) is not None:
            raise StackError(ending)

    def signal(self, number: signal.Signals) -> None:
        if self.running and self._child is not None:
            self._child.send_signal(number)

    def wait(self, deadline: float) -> bool:
        """Waits until time.monotonic() reaches the deadline; True when the process has ended."""
        if self._child is None:
            return True
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(max(0.0, deadline - time.monotonic()))
        return not self.running

    def kill(self) -> None:
        """Ends the process, and whatever it left in its session, at once."""
        if self._child is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child = None

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f": {lines[-1].strip()[:300]} ({self.log})" if lines else f" ({self.log})"


def _ending(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def stop(processes: Iterable[Process], seconds: float) -> None:
    """Asks all to stop at once, and ends those that still run after so many seconds."""
    asked = list(processes)
    for process in asked:
        process.signal(process.stop_signal)
    deadline = time.monotonic() + seconds
    for process in asked:
        process.wait(deadline)
        process.kill()


def wait_until(ready: Callable[[], bool], what: str, seconds: float, processes: Iterable[Process]) -> None:
    """Returns once `ready` says so. StackError when a process ends first, or the time is up."""
    watched = list(processes)
    deadline = time.monotonic() + seconds
    while not ready():
        for process in watched:
            process.raise_if_ended()
        if time.monotonic() > deadline:
            raise StackError(f"{what} is not ready after {seconds:.0f} s (logs in {watched[0].log.parent})")
        time.sleep(_POLL_SECONDS)

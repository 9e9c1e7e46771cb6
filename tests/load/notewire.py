"""Notewire as the benchmark meets it: the whole stack of `make run`, on free ports, with an empty durable database."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.settings import Settings
from local.stack import Stack
from tests.load.report import OURS
from tests.load.scenarios import Target
from tests.ports import free_ports

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Notewire:
    """A running stack, as a target through its sidecars and one through front door and sidecar."""

    stack: Stack

    @property
    def targets(self) -> tuple[Target, Target]:
        settings, sockets = self.stack.settings, self.stack.data.sockets
        users, notes = f"127.0.0.1:{settings.user_port}", f"127.0.0.1:{settings.note_port}"
        metrics = (
            f"http://127.0.0.1:{settings.user_metrics_port}/metrics",
            f"http://127.0.0.1:{settings.note_metrics_port}/metrics",
        )
        door = f"127.0.0.1:{settings.bridge_port}"
        return (
            Target(OURS, users, notes, f"unix:{sockets}/user_svc.edge", f"unix:{sockets}/note_svc.edge", metrics),
            Target(f"{OURS} through the front door", users, notes, door, door, metrics),
        )

    def processor_seconds(self) -> dict[str, float]:
        """Processor time that each process and its children have used so far."""
        return {
            process.name: sum(_processor_seconds(part) for part in _family(process.pid))
            for process in self.stack
            if process.pid is not None
        }

    def memory(self) -> dict[str, float]:
        """Resident memory of each process in MiB."""
        return {
            process.name: psutil.Process(process.pid).memory_info().rss / _MEBIBYTE
            for process in self.stack
            if process.pid is not None
        }


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def running_notewire() -> Iterator[Notewire]:
    """Starts a stack and stops it at the end; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="notewire-load-") as folder:
        stack = Stack(Settings.model_validate({"data_dir": Path(folder), **_free_ports()}))
        try:
            stack.start()
            yield Notewire(stack)
        finally:
            stack.stop()


def _free_ports() -> dict[str, int]:
    names = [name for name in Settings.model_fields if name.endswith("_port")]
    return dict(zip(names, free_ports(len(names)), strict=True))

"""Restarts services when their Python files change (`make dev`)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from watchfiles import PythonFilter, watch
from watchfiles.main import FileChange

from local.processes import stop
from local.restarts import Restarts
from local.stack import ROOT, Stack

_PACKAGES = {"user_svc": ("user_svc",), "note_svc": ("note_svc",), "service_kit": ("user_svc", "note_svc")}
_STOP_SECONDS = 5.0


def watch_services() -> Iterator[set[FileChange]]:
    """Watches from now on, not from the first time that it is asked; gives an empty set twice a second."""
    watched = [ROOT / package for package in _PACKAGES]
    batches = watch(*watched, watch_filter=PythonFilter(), rust_timeout=500, yield_on_timeout=True)
    next(batches)
    return batches


def keep_reloading(stack: Stack, batches: Iterator[set[FileChange]], say: Callable[[str], None]) -> None:
    """Returns only by an exception. A service that does not stay waits for the next change."""
    restarts = Restarts(stack, say, waiting={service for services in _PACKAGES.values() for service in services})
    for changes in batches:
        for service in _affected(changes):
            say(f"{service}: restarting")
            stop([stack[service]], _STOP_SECONDS)
            stack[service].start()
            restarts.forget(service)
        restarts.check()


def _affected(changes: Iterable[FileChange]) -> Iterator[str]:
    packages = {Path(path).relative_to(ROOT).parts[0] for _, path in changes}
    affected = {service for package in packages for service in _PACKAGES[package]}
    yield from sorted(affected)

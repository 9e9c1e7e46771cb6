"""Removes for good what was deleted too long ago to be brought back."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog

EVERY_SECONDS = 600.0
# Small, so that a purge never holds rows for long.
BATCH = 200

_log = structlog.get_logger(__name__)


class Purged(Protocol):
    """Where deleted notes are kept."""

    async def purge(self, limit: int) -> Sequence[datetime]:
        """Removes for good at most so many notes that nobody can bring back; gives when each was deleted."""


async def purge_for_ever(notes: Purged) -> None:
    """Purges at the start and then every ten minutes. Several replicas may do so: each takes other notes."""
    while True:
        while purged := len(await notes.purge(BATCH)):
            _log.info("purged deleted notes", notes=purged)
        await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - keeps replicas apart

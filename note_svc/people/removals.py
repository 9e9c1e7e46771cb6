"""Removals of deleted users, in the order of the feed. They wait for the database, so that the names do not."""

import asyncio
from typing import NamedTuple, Protocol
from uuid import UUID

import structlog

from note_svc.domain.feed_position import FeedBegunAnew, FeedPosition

# Beyond, the feed itself waits.
_WAITING = 1_000

_log = structlog.get_logger(__name__)


class Store(Protocol):
    """Where it is kept how far the feed is applied. Both raise FeedBegunAnew."""

    async def advance(self, at: FeedPosition) -> None: ...
    async def remove(self, user_id: UUID, at: FeedPosition) -> bool: ...


class _Removal(NamedTuple):
    """A deleted user, or None for nothing to remove, at a position."""

    at: FeedPosition
    user_id: UUID | None


class Removals:
    """What the feed has brought and the database does not know yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: asyncio.Queue[_Removal] = asyncio.Queue(_WAITING)
        self._next: _Removal | None = None
        # Another replica has begun the feed anew: it has to come again from where that one is.
        self.outdated = False

    @property
    def waiting(self) -> int:
        """Deleted users whose notes are still to be removed."""
        return self._queue.qsize() + (self._next is not None)

    async def add(self, user_id: UUID, at: FeedPosition) -> None:
        """Lets a deleted user be removed. Waits while very many are waiting."""
        await self._queue.put(_Removal(at, user_id))

    async def advance(self, at: FeedPosition) -> None:
        """Lets the durable position follow, when all that came before is done."""
        await self._queue.put(_Removal(at, None))

    def begin(self) -> None:
        """Forgets what waits: the feed comes again."""
        self._drop()
        self.outdated = False

    async def run(self) -> None:
        """Does one after the other; what fails ends it, and is done first by the next run."""
        while True:
            if self._next is None:
                self._next = await self._queue.get()
            removal = self._next
            try:
                await self._do(removal)
            except FeedBegunAnew:
                self._drop()
                self.outdated = True
            if self._next is removal:
                self._next = None

    async def _do(self, removal: _Removal) -> None:
        if removal.user_id is None:
            await self._store.advance(removal.at)
        elif await self._store.remove(removal.user_id, removal.at):
            _log.info("deleted user removed", user_id=str(removal.user_id), position=removal.at.position)

    def _drop(self) -> None:
        self._next = None
        while not self._queue.empty():
            self._queue.get_nowait()

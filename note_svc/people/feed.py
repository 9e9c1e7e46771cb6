"""Follows the change feed of the user directory for as long as the process lives.

Names go to the cache at once. What deleted users leave is removed by a second task, in the order of the feed, so that
a slow database delays no rename; the durable position follows behind it. After a restart the feed starts at the durable
position, so a deletion that happened while nobody listened is not missed.
"""

import asyncio
import random
from typing import Protocol
from uuid import UUID

import grpc
import structlog

from note_svc.people.cache import FRESH_SECONDS, UserCache
from notewire_proto.user_pb2 import WatchUsersRequest, WatchUsersResponse
from service_kit.errors import ServiceError

# A step of the feed holds at most so many changes; one that is full may have more behind it.
_FULL_STEP = 500
# Heartbeats come twice a second: a stream that is silent for longer is dead.
_SILENCE_SECONDS = FRESH_SECONDS
_RECONNECT_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 1.0
# The durable position follows changes that remove nothing no faster than this, since a replay of them is harmless.
_ADVANCE_SECONDS = 5.0
# Removals that wait for the database; beyond, the feed itself waits.
_WAITING_REMOVALS = 1_000

_log = structlog.get_logger(__name__)


class WatchUsers(Protocol):
    """The method of a stub of user.UserDirectory."""

    def __call__(
        self, request: WatchUsersRequest
    ) -> grpc.aio.UnaryStreamCall[WatchUsersRequest, WatchUsersResponse]: ...


class Removals(Protocol):
    """The durable side of the feed, as the store keeps it."""

    async def position(self) -> int: ...
    async def advance(self, position: int) -> None: ...
    async def start_over(self) -> None: ...
    async def remove(self, user_id: UUID, position: int) -> bool: ...


class _Removal:
    """A deleted user, or None for nothing to remove, at a position; position 0 starts the feed over."""

    __slots__ = ("position", "user_id")

    def __init__(self, position: int, user_id: UUID | None) -> None:
        self.position = position
        self.user_id = user_id


class UserFeed:
    """Tails WatchUsers into a cache and a store."""

    def __init__(self, watch_users: WatchUsers, cache: UserCache, removals: Removals) -> None:
        self._watch_users = watch_users
        self._cache = cache
        self._removals = removals
        self._queue: asyncio.Queue[_Removal] = asyncio.Queue(_WAITING_REMOVALS)
        self._position: int | None = None
        self._advance_to = 0
        self._advance_at = 0.0
        self.connected = False

    @property
    def waiting_removals(self) -> int:
        """Deleted users whose notes are still to be removed."""
        return self._queue.qsize()

    async def run(self) -> None:
        """Never returns; whatever fails is tried again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._remove())

    async def _follow(self) -> None:
        pause = _RECONNECT_SECONDS
        while True:
            try:
                if self._position is None:
                    self._position = await self._removals.position()
                    self._cache.begin(self._position)
                await self._read(self._position)
            except (grpc.aio.AioRpcError, TimeoutError, ServiceError) as error:
                _log.warning("user feed interrupted", error=_told(error))
                if isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                    await self._start_over()
            finally:
                pause = _RECONNECT_SECONDS if self.connected else min(pause * 2, _LONGEST_PAUSE_SECONDS)
                self.connected = False
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects

    async def _start_over(self) -> None:
        """The directory knows no such position: its database is another one or an older one."""
        _log.error("user feed starts over", position=self._position)
        await self._queue.put(_Removal(0, None))
        await self._queue.join()
        self._position = None
        self._advance_to = 0

    async def _read(self, after: int) -> None:
        """Reads one stream to its end."""
        stream = self._watch_users(WatchUsersRequest(after_position=after))
        try:
            while True:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    step = await stream.read()
                if not isinstance(step, WatchUsersResponse):
                    return
                self.connected = True
                await self._take(step)
        finally:
            stream.cancel()

    async def _take(self, step: WatchUsersResponse) -> None:
        self._cache.apply(step.changes, step.position, complete=len(step.changes) < _FULL_STEP)
        for change in step.changes:
            if change.HasField("deleted"):
                await self._queue.put(_Removal(change.position, UUID(change.user_id)))
        self._position = step.position
        now = asyncio.get_running_loop().time()
        if step.position > self._advance_to and now >= self._advance_at:
            self._advance_to = step.position
            self._advance_at = now + _ADVANCE_SECONDS
            await self._queue.put(_Removal(step.position, None))

    async def _remove(self) -> None:
        while True:
            removal = await self._queue.get()
            # Nothing after it may be done before it.
            while not await self._try(removal):
                pause = _LONGEST_PAUSE_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311 - as above
                await asyncio.sleep(pause)
            self._queue.task_done()

    async def _try(self, removal: _Removal) -> bool:
        """Whether it was done. A failure is logged and never ends the feed."""
        try:
            if removal.position == 0:
                await self._removals.start_over()
            elif removal.user_id is None:
                await self._removals.advance(removal.position)
            elif await self._removals.remove(removal.user_id, removal.position):
                _log.info("deleted user removed", user_id=str(removal.user_id), position=removal.position)
        except Exception as error:
            _log.warning("removal of a deleted user failed", position=removal.position, error=_told(error))
            return False
        return True


def _told(error: BaseException) -> str:
    return f"{error.code().name} {error.details()}" if isinstance(error, grpc.aio.AioRpcError) else repr(error)

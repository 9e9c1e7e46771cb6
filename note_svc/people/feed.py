"""Follows the feed of users for as long as the process lives.

Names go to the cache at once. What deleted users leave is removed behind it, in the order of the feed; the durable
position follows the removals. After a restart the feed begins at the durable position, so a deletion that happened
while nobody followed is not missed.

A restore of the users' database takes back what was read of it. The directory knows no such cursor then, and the feed
is begun anew: nobody is remembered, the feed is applied from its beginning, and who exists again loses their tombstone.
Of somebody who is not there and whose deletion the feed does not tell, nothing is known: their notes stay.
"""

import asyncio
from typing import Protocol
from uuid import UUID

import grpc
import structlog

from note_svc.domain.feed_position import FeedBegunAnew, FeedPosition
from note_svc.people.cache import FRESH_SECONDS, UserCache
from note_svc.people.lookup import ANSWER_SECONDS, MAX_IDS, BatchGetUsers
from note_svc.people.messages import change_of, is_complete
from note_svc.people.removals import Removals
from notewire_proto.user_pb2 import BatchGetUsersRequest, WatchUsersRequest, WatchUsersResponse

# Heartbeats come twice a second: a stream that is silent for longer is dead.
_SILENCE_SECONDS = FRESH_SECONDS
# The durable position follows changes that remove nothing no faster than this, since a replay of them is harmless.
_ADVANCE_SECONDS = 5.0
# What the directory says to a position that its history does not have; the previous release said the second.
_NO_SUCH_POSITION = {grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.INVALID_ARGUMENT}
_BEFORE_ALL = UUID(int=0)

_log = structlog.get_logger(__name__)


class WatchUsers(Protocol):
    """The method of a stub of user.UserDirectory."""

    def __call__(
        self, request: WatchUsersRequest
    ) -> grpc.aio.UnaryStreamCall[WatchUsersRequest, WatchUsersResponse]: ...


class Directory(Protocol):
    """A stub of user.UserDirectory."""

    @property
    def WatchUsers(self) -> WatchUsers: ...  # noqa: N802
    @property
    def BatchGetUsers(self) -> BatchGetUsers: ...  # noqa: N802


class Store(Protocol):
    """The durable side of the feed."""

    async def position(self) -> FeedPosition: ...
    async def begin_anew(self, at: FeedPosition) -> None: ...
    async def tombstones(self, after: UUID, limit: int) -> list[UUID]: ...
    async def lift_tombstones(self, generation: int, user_ids: list[UUID]) -> list[UUID]: ...


class UserFeed:
    """Tails WatchUsers into a cache and the removals."""

    def __init__(self, directory: Directory, cache: UserCache, store: Store, removals: Removals) -> None:
        self._directory = directory
        self._cache = cache
        self._store = store
        self._removals = removals
        self._at: FeedPosition | None = None
        self._advanced: FeedPosition | None = None
        self._advance_at = 0.0
        self.connected = False

    async def run(self) -> None:
        """Follows one stream to its end, and raises what ended it; the next run goes on from there."""
        at = self._at
        if at is None or self._removals.outdated:
            at = self._at = await self._begin()
        self._cache.go_on(at.position)
        try:
            await self._read(at)
        except grpc.aio.AioRpcError as error:
            if error.code() in _NO_SUCH_POSITION:
                _log.error("user feed begins anew", position=at.position, detail=error.details())
                self._cache.begin(0)
                await self._store.begin_anew(at)
                self._at = None
            raise
        finally:
            self.connected = False

    async def _begin(self) -> FeedPosition:
        """The durable position. Tombstones are looked at first if the feed was begun anew."""
        at = await self._store.position()
        self._removals.begin()
        self._cache.begin(at.position)
        if at.begun_anew:
            lifted = await self._store.lift_tombstones(at.generation, await self._risen())
            _log.warning("deleted users exist again", users=len(lifted))
        self._advanced = at
        return at

    async def _risen(self) -> list[UUID]:
        """Deleted users who exist."""
        risen: list[UUID] = []
        after = _BEFORE_ALL
        while page := await self._store.tombstones(after, MAX_IDS):
            request = BatchGetUsersRequest(ids=map(str, page))
            response = await self._directory.BatchGetUsers(request, timeout=ANSWER_SECONDS)
            risen += [UUID(user.id) for user in response.users]
            after = page[-1]
        return risen

    async def _read(self, at: FeedPosition) -> None:
        """Reads a stream until it ends."""
        request = WatchUsersRequest(after_position=at.position, after_cursor=at.cursor)
        stream = self._directory.WatchUsers(request)
        try:
            while True:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    step = await stream.read()
                if not isinstance(step, WatchUsersResponse):
                    raise EOFError("the feed of users ended")  # noqa: TRY004  (a step, or grpc.aio.EOF)
                self.connected = True
                at = await self._take(step, at.generation)
        finally:
            stream.cancel()

    async def _take(self, step: WatchUsersResponse, generation: int) -> FeedPosition:
        if self._removals.outdated:
            raise FeedBegunAnew
        at = FeedPosition(step.position, step.cursor, generation, begun_anew=False)
        changes = [change_of(change) for change in step.changes]
        self._cache.apply(changes, step.position, complete=is_complete(step))
        for change in changes:
            if change.person is None:
                await self._removals.add(change.user_id, at._replace(position=change.position))
        self._at = at
        now = asyncio.get_running_loop().time()
        if at != self._advanced and now >= self._advance_at:
            self._advanced = at
            self._advance_at = now + _ADVANCE_SECONDS
            await self._removals.advance(at)
        return at

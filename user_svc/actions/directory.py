"""What other services may ask: the people by id, and the feed of their changes."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol
from uuid import UUID

from service_kit.errors import InvalidArgument
from service_kit.feed import Cursor, ForeignCursor, Step
from service_kit.rpc.caller import Call
from user_svc.domain.change import Change
from user_svc.domain.user import User


class Feed(Protocol):
    """Where changes are kept. Every method raises Unavailable when that does not answer."""

    async def users(self, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""

    async def cursor(self, position: int | None = None) -> Cursor:
        """The cursor of a position, or of the newest one. Raises ForeignCursor for a position that is not there yet."""

    async def check(self, cursor: Cursor) -> None:
        """Raises ForeignCursor for a cursor of a history that is gone, or too old."""

    def follow(self, after: Cursor) -> AsyncGenerator[Step[Change], None]:
        """The steps from a cursor on, without end, at least two a second. Raises ForeignCursor."""


class DirectoryActions:
    """The use cases of other services."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def users(self, call: Call, ids: Sequence[UUID]) -> tuple[int, list[User]]:
        """Those of the people who exist, and the position that they are at least as new as."""
        return await self._feed.users(ids)

    async def changes(
        self, call: Call, position: int | None, cursor: Cursor | None
    ) -> AsyncGenerator[Step[Change], None]:
        """What follows a position in the history of a cursor, a cursor alone, or what comes from now on.

        It never ends; a step may be empty. Raises ForeignCursor, and InvalidArgument for a position that never was.
        """
        async with aclosing(self._feed.follow(await self._start(position, cursor))) as steps:
            async for step in steps:
                yield step

    async def _start(self, position: int | None, cursor: Cursor | None) -> Cursor:
        if cursor is not None and (position is None or position >= cursor.position):
            return cursor
        # The position first: were the history to change in between, its cursor would be refused when it is read from.
        start = await self._cursor(position)
        if cursor is not None:
            await self._feed.check(cursor)
        return start

    async def _cursor(self, position: int | None) -> Cursor:
        try:
            if position is None or position >= 0:
                return await self._feed.cursor(position)
        except ForeignCursor:
            pass
        raise InvalidArgument.of("after_position", "is not a position of this feed")

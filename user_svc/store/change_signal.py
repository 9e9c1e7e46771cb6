"""When to look at the feed again: PostgreSQL's NOTIFY as an event of this process."""

from __future__ import annotations

import asyncio

import asyncpg
import structlog

from service_kit.errors import Unavailable
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database
from service_kit.postgres.errors import UNREACHABLE

CHANNEL = "user_changes"
_CHECK_SECONDS = 5.0
_RECONNECT_SECONDS = 0.5
_LOST: tuple[type[BaseException], ...] = (Unavailable, asyncpg.InterfaceError, *UNREACHABLE)

_log = structlog.get_logger(__name__)


class ChangeSignal:
    """Wakes who waits for the feed to move. It may wake for nothing, and while it is not listening not at all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moved = asyncio.Event()
        self.listening = False

    async def run(self) -> None:
        """Listens until cancelled, with a new connection when one is lost."""
        while True:
            try:
                await self._listen(await self._database.connect_apart())
            except _LOST as error:
                _log.warning("not listening for changes", error=str(error))
            await asyncio.sleep(_RECONNECT_SECONDS)

    def next_move(self) -> asyncio.Event:
        """An event that is set by the next change. Take it before reading, so that no change falls in between."""
        return self._moved

    async def _listen(self, connection: Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._move())
            self.listening = True
            self._move()
            while not lost.is_set():
                try:
                    async with asyncio.timeout(_CHECK_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    # A connection whose other end vanished without a word shows only when it is used.
                    await connection.execute("SELECT")
        finally:
            self.listening = False
            connection.terminate()

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

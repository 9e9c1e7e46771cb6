"""The one connection of a process on which it hears PostgreSQL's NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import asyncpg

from service_kit.errors import Unavailable
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database
from service_kit.postgres.errors import UNREACHABLE

_CHECK_SECONDS = 5.0
_LOST: tuple[type[BaseException], ...] = (asyncpg.InterfaceError, *UNREACHABLE)

Hear = Callable[[str], None]


class ListeningLost(Unavailable):
    """The connection on which notifications are heard is gone."""

    reason = "LISTENING_LOST"

    def __init__(self) -> None:
        super().__init__("not listening for notifications")


class Listening:
    """Calls `channels[name]` with the payload of each notification, and with "" when some may have been missed."""

    def __init__(self, database: Database, channels: Mapping[str, Hear]) -> None:
        self._database = database
        self._channels = channels
        self.listening = False

    async def run(self) -> None:
        """Listens until the connection is lost. Raises Unavailable then."""
        connection = await self._database.connect_apart()
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel, hear in self._channels.items():
                await connection.add_listener(channel, partial(_heard, hear))
            self.listening = True
            for hear in self._channels.values():
                hear("")
            while not lost.is_set():
                await _answers(connection, lost)
        except _LOST as error:
            raise ListeningLost from error
        finally:
            self.listening = False
            connection.terminate()
        raise ListeningLost


def _heard(hear: Hear, _connection: object, _pid: int, _channel: str, payload: object) -> None:
    hear(str(payload))


async def _answers(connection: Connection, lost: asyncio.Event) -> None:
    """Returns when the connection is lost, or answers after a while."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await lost.wait()
    except TimeoutError:
        # A connection whose other end vanished without a word shows only when it is used.
        await connection.execute("SELECT")

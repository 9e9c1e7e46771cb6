"""Real PostgreSQL servers for tests: one of each embedded version a session, a new database for each test."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from local.postgres import EmbeddedPostgres
from tests.directories import new_directory

VERSIONS = (16, 18)
# What a call may wait for PostgreSQL where a test is not about that: the machine may stall for a second.
PATIENT_SECONDS = 10.0
_names = count(1)


class PostgresServers:
    """Starts a server of a version when the first test asks for it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._servers: dict[int, EmbeddedPostgres] = {}

    def admin_url(self, version: int) -> str:
        if version not in self._servers:
            place = self._root / str(version)
            server = EmbeddedPostgres(place / "data", place / "sockets", place / "log", version)
            server.start()
            self._servers[version] = server
        return self._servers[version].url

    def stop(self) -> None:
        for server in self._servers.values():
            server.stop()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def new_database(admin_url: str) -> Iterator[str]:
    """Gives the URL of an empty database that is dropped at the end."""
    name = f"test_{os.getpid()}_{next(_names)}"
    asyncio.run(_execute(admin_url, f"CREATE DATABASE {name}"))
    try:
        yield admin_url.replace("/postgres?", f"/{name}?")
    finally:
        asyncio.run(_execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[PostgresServers]:
    with new_directory() as root:
        servers = PostgresServers(Path(root))
        yield servers
        servers.stop()


@pytest.fixture
def database_url(postgres_servers: PostgresServers) -> Iterator[str]:
    """An empty database on the newest embedded PostgreSQL."""
    with new_database(postgres_servers.admin_url(VERSIONS[-1])) as url:
        yield url


@pytest.fixture(params=VERSIONS, ids=[f"postgres{version}" for version in VERSIONS])
def any_database_url(request: pytest.FixtureRequest, postgres_servers: PostgresServers) -> Iterator[str]:
    """An empty database on each PostgreSQL that Notewire supports: for tests of a store."""
    with new_database(postgres_servers.admin_url(request.param)) as url:
        yield url

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database, database_at
from service_kit.postgres.migrations import load_migrations, migrate
from tests.integration.note_store.world import World


@pytest_asyncio.fixture
async def database(any_database_url: str) -> AsyncIterator[Database]:
    """The pool of a migrated note_svc."""
    # Locks are held on purpose, for longer than a service would wait.
    pool = database_at(any_database_url, "note_svc", size=10, budget=30)
    connection = await pool.connect_apart()
    await migrate(connection, load_migrations("note_svc.migrations"))
    await connection.close()
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def session(database: Database) -> AsyncIterator[Connection]:
    """A connection of the test's own, to look behind the store and to hold locks."""
    connection = await database.connect_apart()
    yield connection
    await connection.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)

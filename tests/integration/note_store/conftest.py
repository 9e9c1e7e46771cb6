from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service_kit.migrations import load_migrations, migrate
from service_kit.postgres import Connection, Database, connect_with
from tests.integration.note_store.world import World


@pytest_asyncio.fixture
async def database(any_database_url: str) -> AsyncIterator[Database]:
    """The pool of a migrated note_svc."""
    # Locks are held on purpose, for longer than a service would wait.
    connect = connect_with(any_database_url, "note_svc", timeout=30)
    connection = await connect()
    await migrate(connection, load_migrations("note_svc.migrations"))
    await connection.close()
    pool = Database(connect, 10)
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

"""Ordered SQL migrations of a service's database.

A service keeps files `NNNN_name.sql` in its package `migrations`. Each runs once, in order, in a transaction of its
own, while an advisory lock keeps other replicas out. A file whose first line is `-- transaction:false` holds one
statement that commits for itself, such as a DO block that changes many rows in small parts: it runs again from its
beginning when it was cut off. A database that is ahead of the code is accepted, since the previous release still runs
during a rollout. A migration that cannot have a lock gives way to the calls that hold it, since all others would wait
behind it, and is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import asyncpg
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, retry_if_result, wait_fixed

from service_kit.postgres.connection import Connect, Connection, connect_with
from service_kit.postgres.errors import UNREACHABLE

# Arbitrary; only has to be the same in every replica and differ from the locks that a service takes.
_LOCK = 0x4E6F7465_77697265
_FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_version (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""
_POLL_SECONDS = 0.5
_LOCK_TIMEOUT = "SET lock_timeout = '2s'"
_DONE = "INSERT INTO schema_version (version, name) VALUES ($1, $2)"
_OUTSIDE_TRANSACTION = "-- transaction:false\n"

_log = structlog.get_logger(__name__)


class Migration(NamedTuple):
    """One step of a schema."""

    version: int
    name: str
    sql: str


def load_migrations(package: str) -> list[Migration]:
    """The migrations in a package, in order. Raises ValueError for none, a stray file, a gap or a double version."""
    found: list[Migration] = []
    for entry in files(package).iterdir():
        if not entry.name.endswith(".sql"):
            continue
        match = _FILE.fullmatch(entry.name)
        if match is None:
            raise ValueError(f"{entry.name} is not named NNNN_name.sql")
        found.append(Migration(int(match[1]), entry.name, entry.read_text(encoding="utf-8")))
    if not found:
        raise ValueError(f"{package} holds no migrations")
    found.sort()
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the versions in {package} are not 1, 2, 3, ...")
    return found


async def migrate(connection: Connection, migrations: Sequence[Migration]) -> int:
    """Applies what is missing and gives the version of the schema, which may be ahead of `migrations`.

    Raises asyncpg.LockNotAvailableError when others hold for two seconds what a migration has to lock.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    await connection.execute(_LOCK_TIMEOUT)
    try:
        await connection.execute(_TABLE)
        current = await schema_version(connection)
        for migration in migrations:
            if migration.version > current:
                if migration.sql.startswith(_OUTSIDE_TRANSACTION):
                    await connection.execute(migration.sql)
                    await connection.execute(_DONE, migration.version, migration.name)
                else:
                    async with connection.transaction():
                        await connection.execute(migration.sql)
                        await connection.execute(_DONE, migration.version, migration.name)
                current = migration.version
                _log.info("migrated", migration=migration.name)
        return current
    finally:
        await connection.execute("RESET lock_timeout")
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def schema_version(connection: Connection) -> int:
    """The version of the schema; 0 before the first migration."""
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return 0
    return int(await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version"))


async def prepare_schema_of(service: str, url: str, *, apply: bool) -> None:
    """`prepare_schema` with the migrations in a service's package `migrations`."""
    connect = connect_with(url, f"{service} migrate", timeout=None)
    await prepare_schema(connect, load_migrations(f"{service}.migrations"), apply=apply)


async def prepare_schema(connect: Connect, migrations: Sequence[Migration], *, apply: bool) -> None:
    """Returns when the schema is at least as new as `migrations`.

    With `apply` it migrates, else it waits until another process has. A database that does not answer is asked again
    until it does, and so is one where others hold what a migration has to lock. `connect` must not bound the time of
    statements: a migration may take long.
    """

    async def attempt() -> int:
        connection = await connect()
        try:
            return await (migrate(connection, migrations) if apply else schema_version(connection))
        finally:
            await connection.close(timeout=_POLL_SECONDS)

    wanted = len(migrations)
    said = ""

    def say(state: RetryCallState) -> None:
        nonlocal said
        error = state.outcome.exception() if state.outcome else None
        if error is None:
            waiting_for = f"schema version {wanted}"
        elif isinstance(error, asyncpg.LockNotAvailableError):
            waiting_for = f"a lock: {error}"
        else:
            waiting_for = f"the database: {type(error).__name__}: {error}"
        if waiting_for != said:
            _log.warning("waiting", waiting_for=waiting_for)
            said = waiting_for

    passing = retry_if_exception_type((asyncpg.LockNotAvailableError, *UNREACHABLE))
    behind = retry_if_result(lambda version: version < wanted)
    await AsyncRetrying(wait=wait_fixed(_POLL_SECONDS), retry=passing | behind, before_sleep=say)(attempt)

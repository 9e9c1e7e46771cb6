import asyncio
from pathlib import Path

import asyncpg
import pytest

from service_kit.postgres.connection import connect_with
from service_kit.postgres.migrations import Migration, load_migrations, migrate, prepare_schema, schema_version

FIRST = Migration(1, "0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1)")
SECOND = Migration(2, "0002_b.sql", "CREATE TABLE b (n int)")


async def applied(url: str) -> list[tuple[int, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT version, name FROM schema_version ORDER BY version")
    await connection.close()
    return [(row["version"], row["name"]) for row in rows]


async def test_migrations_run_once_in_order(any_database_url: str) -> None:
    connect = connect_with(any_database_url, "test", timeout=None)

    await prepare_schema(connect, [FIRST], apply=True)
    await prepare_schema(connect, [FIRST, SECOND], apply=True)
    await prepare_schema(connect, [FIRST, SECOND], apply=True)

    assert await applied(any_database_url) == [(1, "0001_a.sql"), (2, "0002_b.sql")]


async def test_replicas_that_start_together_migrate_once(any_database_url: str) -> None:
    connect = connect_with(any_database_url, "test", timeout=None)

    await asyncio.gather(*(prepare_schema(connect, [FIRST, SECOND], apply=True) for _ in range(8)))

    assert len(await applied(any_database_url)) == 2


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    broken = Migration(2, "0002_broken.sql", "CREATE TABLE b (n int); SELECT no_such_function()")

    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(connection, [FIRST, broken])

    assert await schema_version(connection) == 1
    assert await connection.fetchval("SELECT to_regclass('b')") is None
    assert await migrate(connection, [FIRST, SECOND]) == 2
    await connection.close()


async def test_a_migration_that_cannot_have_a_lock_gives_way_and_comes_back(any_database_url: str) -> None:
    connect = connect_with(any_database_url, "test", timeout=None)
    await prepare_schema(connect, [FIRST], apply=True)
    alter = Migration(2, "0002_alter.sql", "ALTER TABLE a ADD COLUMN m int")
    busy, reader = await asyncpg.connect(any_database_url), await asyncpg.connect(any_database_url)
    call = busy.transaction()
    await call.start()
    await busy.execute("SELECT FROM a")

    migrating = asyncio.create_task(prepare_schema(connect, [FIRST, alter], apply=True))
    async with asyncio.timeout(10):
        while not await reader.fetch("SELECT FROM pg_locks WHERE relation = 'a'::regclass AND NOT granted"):
            await asyncio.sleep(0.01)
        await reader.execute("SELECT FROM a")
    assert not migrating.done()

    await call.rollback()
    async with asyncio.timeout(10):
        await migrating
    assert (2, "0002_alter.sql") in await applied(any_database_url)
    await asyncio.gather(busy.close(), reader.close())


async def test_a_migration_without_a_transaction_keeps_what_it_did_and_goes_on_after_a_failure(
    any_database_url: str,
) -> None:
    numbers = Migration(1, "0001_n.sql", "CREATE TABLE n AS SELECT i, false AS seen FROM generate_series(1, 6) AS i")
    in_parts = Migration(
        2,
        "0002_in_parts.sql",
        """-- transaction:false
        DO $$
        DECLARE next int;
        BEGIN
            LOOP
                SELECT min(i) INTO next FROM n WHERE NOT seen;
                EXIT WHEN next IS NULL;
                UPDATE n SET seen = true WHERE i = next AND 1 / (next - 4 + (SELECT count(*) FROM helped)) > -9;
                COMMIT;
            END LOOP;
        END
        $$""",
    )
    connection = await asyncpg.connect(any_database_url)
    await connection.execute("CREATE TABLE helped (n int)")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, [numbers, in_parts])

    assert await connection.fetchval("SELECT count(*) FROM n WHERE seen") == 3
    assert await schema_version(connection) == 1
    await connection.execute("INSERT INTO helped VALUES (1), (1), (1), (1), (1), (1), (1)")
    assert await migrate(connection, [numbers, in_parts]) == 2
    assert await connection.fetchval("SELECT count(*) FROM n WHERE seen") == 6
    await connection.close()


async def test_a_schema_newer_than_the_code_is_accepted(database_url: str) -> None:
    connect = connect_with(database_url, "test", timeout=None)
    await prepare_schema(connect, [FIRST, SECOND], apply=True)

    await prepare_schema(connect, [FIRST], apply=True)
    await prepare_schema(connect, [FIRST], apply=False)


async def test_without_migrating_a_service_waits_for_the_schema(database_url: str) -> None:
    connect = connect_with(database_url, "test", timeout=None)
    waiting = asyncio.create_task(prepare_schema(connect, [FIRST], apply=False))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done

    await prepare_schema(connect, [FIRST], apply=True)

    async with asyncio.timeout(5):
        await waiting


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ([], "no migrations"),
        (["0001_a.sql", "0003_c.sql"], "1, 2, 3"),
        (["0001_a.sql", "0001_b.sql"], "1, 2, 3"),
        (["a.sql"], "NNNN_name"),
    ],
)
def test_a_package_without_or_with_wrong_versions_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], complaint: str
) -> None:
    package = tmp_path / f"wrong{len(''.join(names))}{abs(hash(tuple(names)))}"
    package.mkdir()
    for name in ["__init__.py", *names]:
        (package / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ValueError, match=complaint):
        load_migrations(package.name)

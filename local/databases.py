"""One database and one role for each service, on the embedded server or on one that DATABASE_URL names."""

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit, urlunsplit

import asyncpg

from local.errors import StackError

_CONNECT_SECONDS = 5.0
_CONNECT_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)


async def prepare(admin_url: str, services: Sequence[str]) -> Mapping[str, str]:
    """Makes what is missing and gives the connection URL of each service.

    Role and database have the service's name. An administrator who may create databases but no roles is
    the role of all services. StackError names what the server refuses.

    Where the administrator has a password, in the URL or in PGPASSWORD, each role has one that only those can
    compute who know it, so that two stacks may share a server. Otherwise no role has a password: a service logs in
    as its role where the server lets it, and else as the administrator does, and becomes its role.
    """
    try:
        connection = await asyncpg.connect(admin_url, timeout=_CONNECT_SECONDS)
    except _CONNECT_ERRORS as error:
        reason = str(error) or type(error).__name__
        raise StackError(f"DATABASE_URL: no connection to {_masked(admin_url)}: {reason}") from None
    try:
        makes_roles = await connection.fetchval(
            "SELECT rolsuper OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user"
        )
        return {service: await _prepare_one(connection, admin_url, service, makes_roles) for service in services}
    finally:
        await connection.close()


async def _prepare_one(connection: asyncpg.Connection, admin_url: str, service: str, makes_roles: bool) -> str:
    password = _password(admin_url, service)
    try:
        if makes_roles:
            await _make_role(connection, service, password)
        if not await connection.fetchval("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", service):
            await connection.execute(f"CREATE DATABASE {service}")
            if makes_roles:
                await connection.execute(f"REVOKE CONNECT ON DATABASE {service} FROM PUBLIC")
                await connection.execute(f"ALTER DATABASE {service} OWNER TO {service}")
    except asyncpg.PostgresError as error:
        raise StackError(
            f"DATABASE_URL: {_masked(admin_url)} refuses to make role and database {service}: {error}"
        ) from None
    if not makes_roles:
        return _in_database(admin_url, service)
    as_role = _as_user(_in_database(admin_url, service), service, password)
    if password is not None or await _lets_in(as_role):
        return as_role
    return _becoming(_in_database(admin_url, service), service)


async def _make_role(connection: asyncpg.Connection, name: str, password: str | None) -> None:
    exists = await connection.fetchval("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if exists else "CREATE"
    literal = "NULL" if password is None else f"'{password}'"
    await connection.execute(f"{verb} ROLE {name} LOGIN PASSWORD {literal}")
    # PostgreSQL 16 lets a creator who is no superuser give a database to a role only as its member.
    await connection.execute(f"GRANT {name} TO CURRENT_USER")


async def _lets_in(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
    except _CONNECT_ERRORS:
        return False
    await connection.close()
    return True


def _password(admin_url: str, service: str) -> str | None:
    parts = urlsplit(admin_url)
    in_query = parse_qs(parts.query).get("password", [""])[0]
    secret = unquote(parts.password or "") or in_query or os.environ.get("PGPASSWORD", "")
    if not secret:
        return None
    return hmac.new(secret.encode(), f"notewire role {service}".encode(), hashlib.sha256).hexdigest()


def _in_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _as_user(url: str, name: str, password: str | None) -> str:
    parts = urlsplit(url)
    login = quote(name) if password is None else f"{quote(name)}:{password}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def _becoming(url: str, role: str) -> str:
    """The URL for sessions that have the rights of a role, whoever logs in."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    options = [*query.pop("options", []), f"-c role={role}"]
    return urlunsplit(
        parts._replace(query=urlencode({**query, "options": " ".join(options)}, doseq=True, quote_via=quote))
    )


def _masked(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))

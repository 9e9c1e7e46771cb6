"""One database and one role for each service, on the embedded server or on one that DATABASE_URL names."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from local.errors import StackError

_CONNECT_SECONDS = 5.0


async def prepare(admin_url: str, services: Sequence[str]) -> Mapping[str, str]:
    """Makes what is missing and gives the connection URL of each service.

    Role and database have the service's name. An administrator who may create databases but no roles is
    the role of all services. StackError names what the server refuses.
    """
    try:
        connection = await asyncpg.connect(admin_url, timeout=_CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
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
    try:
        if makes_roles:
            await _make_role(connection, service, _password(admin_url, service))
        if not await connection.fetchval("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", service):
            await connection.execute(f"CREATE DATABASE {service}")
            if makes_roles:
                await connection.execute(f"REVOKE CONNECT ON DATABASE {service} FROM PUBLIC")
                await connection.execute(f"ALTER DATABASE {service} OWNER TO {service}")
    except asyncpg.PostgresError as error:
        raise StackError(
            f"DATABASE_URL: {_masked(admin_url)} refuses to make role and database {service}: {error}"
        ) from None
    return _service_url(admin_url, service, _password(admin_url, service) if makes_roles else None)


async def _make_role(connection: asyncpg.Connection, name: str, password: str) -> None:
    exists = await connection.fetchval("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if exists else "CREATE"
    await connection.execute(f"{verb} ROLE {name} LOGIN PASSWORD '{password}'")
    # PostgreSQL 16 lets a creator who is no superuser give a database to a role only as its member.
    await connection.execute(f"GRANT {name} TO CURRENT_USER")


def _password(admin_url: str, service: str) -> str:
    """The same for every stack that knows the administrator's password, so that two may share a server."""
    secret = unquote(urlsplit(admin_url).password or "")
    return hmac.new(secret.encode(), f"notewire role {service}".encode(), hashlib.sha256).hexdigest()


def _service_url(admin_url: str, service: str, password: str | None) -> str:
    parts = urlsplit(admin_url)
    network = parts.netloc
    if password is not None:
        network = f"{quote(service)}:{password}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=network, path=f"/{service}"))


def _masked(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))

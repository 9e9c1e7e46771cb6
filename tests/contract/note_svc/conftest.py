from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.note_svc.services import Services
from tests.postgres import VERSIONS, PostgresServers, new_database


@pytest.fixture
def database_urls(postgres_servers: PostgresServers) -> Iterator[tuple[str, str]]:
    """Empty databases for user_svc and note_svc."""
    admin_url = postgres_servers.admin_url(VERSIONS[-1])
    with new_database(admin_url) as user_url, new_database(admin_url) as note_url:
        yield user_url, note_url


@pytest.fixture
async def services(database_urls: tuple[str, str]) -> AsyncIterator[Services]:
    """Both services, running."""
    services = Services(*database_urls)
    await services.start_users()
    await services.start_notes()
    yield services
    await services.stop_all()

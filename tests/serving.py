"""Services served in the process of a test, on free ports."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import grpc

from note_svc.app import serve as serve_notes
from note_svc.settings import NoteSettings
from tests.ports import free_port
from tests.postgres import PATIENT_SECONDS
from user_svc.app import serve as serve_users
from user_svc.settings import UserSettings

READY_SECONDS = 20


@asynccontextmanager
async def served(service: Coroutine[Any, Any, None], port: int) -> AsyncIterator[grpc.aio.Channel]:
    """Runs a service until the end of the block; gives a channel to it once it answers."""
    task = asyncio.create_task(service)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            ready = asyncio.create_task(channel.channel_ready())
            done, _ = await asyncio.wait([task, ready], timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            assert ready in done, task.exception() if task in done else "not ready in time"
            yield channel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _for_tests() -> dict[str, float]:
    return {"port": free_port(), "metrics_port": free_port(), "database_timeout_seconds": PATIENT_SECONDS}


def user_settings(database_url: str, **changes: float | str) -> UserSettings:
    """Settings for a test: free ports, patience with the database, everything else as by default."""
    return UserSettings.model_validate({"database_url": database_url} | _for_tests() | changes)


def note_settings(database_url: str, user_directory_address: str, **changes: float | str) -> NoteSettings:
    """As `user_settings`."""
    addresses = {"database_url": database_url, "user_directory_address": user_directory_address}
    return NoteSettings.model_validate(addresses | _for_tests() | changes)


@asynccontextmanager
async def user_service(database_url: str, **changes: float | str) -> AsyncIterator[grpc.aio.Channel]:
    """user_svc on a database."""
    settings = user_settings(database_url, **changes)
    async with served(serve_users(settings), settings.port) as channel:
        yield channel


@asynccontextmanager
async def note_service(
    database_url: str, user_directory_address: str, **changes: float | str
) -> AsyncIterator[grpc.aio.Channel]:
    """note_svc on a database, which asks the user directory at an address."""
    settings = note_settings(database_url, user_directory_address, **changes)
    async with served(serve_notes(settings), settings.port) as channel:
        yield channel

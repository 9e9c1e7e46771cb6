"""The command line of a service: serve, `migrate`, `--help`."""

import argparse
import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog
import uvloop

from service_kit.process.logs import configure_logs
from service_kit.process.ports import StartError
from service_kit.process.settings import ServiceSettings, SettingsError

MIGRATE_SECONDS = 300
# New objects between two collections; a list of notes makes some thousands, none of them in a cycle.
_YOUNG_OBJECTS = 20_000

_Settings = TypeVar("_Settings", bound=ServiceSettings)
_log = structlog.get_logger(__name__)


def run(
    package: str,
    description: str,
    settings_class: type[_Settings],
    serve: Callable[[_Settings], Coroutine[Any, Any, None]],
    migrate: Callable[[_Settings], Coroutine[Any, Any, None]],
) -> int:
    """Runs `python -m <package>` and gives the exit status: 0, 1 for a failed start, 2 for wrong settings or usage."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {package}",
        description=description,
        epilog=f"environment variables:\n{settings_class.help()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=["serve", "migrate"], default="serve", help="default: serve")
    command = parser.parse_args().command
    try:
        settings = settings_class.load()
    except SettingsError as error:
        sys.stderr.write(f"{package}: wrong settings\n{_indent(str(error))}\n")
        return 2
    configure_logs(settings.log_level, settings.log_format, traced=bool(settings.otel_exporter_otlp_endpoint))
    _log.info("starting", command=command, **settings.shown())
    _collect_garbage_less_often()
    try:
        uvloop.run(serve(settings) if command == "serve" else _in_time(migrate(settings)))
    except StartError as error:
        sys.stderr.write(f"{package}: {error}\n")
        return 1
    except TimeoutError:
        sys.stderr.write(f"{package}: the database did not answer for {MIGRATE_SECONDS} s\n")
        return 1
    return 0


def _collect_garbage_less_often() -> None:
    """Collections took a tenth of a call's time, most of it over what was imported, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


async def _in_time(migration: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(MIGRATE_SECONDS):
        await migration


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())

"""Services as processes of their own, as they run in production."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

START_SECONDS = 30


class ServiceProcess:
    """`python -m <package>` with nothing but the settings that a test gives."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, package: str, *arguments: str, settings: Mapping[str, object]) -> ServiceProcess:
        # Coverage, where it is measured, comes to processes by variables.
        kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE_")}
        environment = kept | {name: str(value) for name, value in settings.items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            package,
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def event(self, name: str) -> dict[str, Any]:
        """Waits for a log line with this event."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                for line in self.lines:
                    if f'"{name}"' in line and (entry := json.loads(line))["event"] == name:
                        return dict(entry)
                assert not self._reading.done(), f"ended without {name!r}: {self.lines}"
                await asyncio.sleep(0.01)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def ended(self) -> tuple[int, str]:
        """The exit status, and what it wrote to standard error."""
        async with asyncio.timeout(START_SECONDS):
            await self._reading
            assert self._process.stderr is not None
            errors = await self._process.stderr.read()
            return await self._process.wait(), errors.decode()

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(line.decode())


@asynccontextmanager
async def running(package: str, *arguments: str, settings: Mapping[str, object]) -> AsyncIterator[ServiceProcess]:
    """A process that is killed at the end of the block if it still runs."""
    process = await ServiceProcess.start(package, *arguments, settings=settings)
    try:
        yield process
    finally:
        await process.kill()

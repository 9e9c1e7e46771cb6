"""The whole of Notewire on one machine: what is started, in which order, and how it ends."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from local import databases, ports
from local.data_directory import DataDirectory
from local.envoys import SERVICES, Envoys
from local.health import healthy
from local.postgres import EmbeddedPostgres
from local.processes import Process, stop, wait_until
from local.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

_START_SECONDS = 60.0
# How long each may take to stop: what people dial, then the sidecars, PostgreSQL last. Under 10 s together.
_STOP_SECONDS = (5.0, 1.0, 3.0)
_GRACE_SECONDS = "4"  # for calls in flight, within the first of them


class Stack:
    """Every process of a stack: `start`, and `stop` in any case."""

    def __init__(self, settings: Settings, *, dev: bool = False) -> None:
        self.settings = settings
        self.data = DataDirectory(settings.data_dir)
        self._dev = dev
        self._stages: tuple[list[Process], list[Process], list[Process]] = ([], [], [])

    def __iter__(self) -> Iterator[Process]:
        """The processes, in the order in which they are stopped."""
        return (process for stage in self._stages for process in stage)

    def __getitem__(self, name: str) -> Process:
        """The process of that name, to stop and start it alone."""
        return next(process for process in self if process.name == name)

    def start(self) -> None:
        """Returns when the stack answers through its front door. StackError in one line when it cannot."""
        dialled, sidecars, _ = self._stages
        self.data.take()
        ports.require_free(self.settings.bind, self.settings.ports)
        urls = asyncio.run(databases.prepare(self._server_url(), SERVICES))
        envoys = Envoys(self.settings, self.data.sockets, self.data.logs, vite=self._dev)
        sidecars += envoys.sidecars()
        dialled += [*self._services(urls, envoys), self._vite() if self._dev else self._web(), envoys.front_door()]
        for process in (*dialled, *sidecars):
            process.start()
        door = self.settings.host, self.settings.bridge_port
        wait_until(lambda: healthy(*door), "the stack", _START_SECONDS, self)

    def stop(self) -> None:
        """Ends every process within 10 s; safe to call in any state."""
        for stage, seconds in zip(self._stages, _STOP_SECONDS, strict=True):
            stop(stage, seconds)
        self.data.release()

    def _server_url(self) -> str:
        if self.settings.database_url is not None:
            return self.settings.database_url.get_secret_value()
        log = self.data.logs / "postgres.log"
        server = EmbeddedPostgres(self.data.path / "postgres", self.data.sockets / "postgres", log)
        self._stages[-1].append(server.process)
        server.start()
        return server.url

    def _services(self, urls: Mapping[str, str], envoys: Envoys) -> Iterator[Process]:
        ports_of = {
            "user_svc": (self.settings.user_port, self.settings.user_metrics_port),
            "note_svc": (self.settings.note_port, self.settings.note_metrics_port),
        }
        for service in SERVICES:
            port, metrics_port = ports_of[service]
            environment = {
                "BIND": self.settings.bind,
                "PORT": str(port),
                "METRICS_PORT": str(metrics_port),
                "DATABASE_URL": urls[service],
                "MIGRATE": "on-start",
                "DRAIN_SECONDS": "0",
                "GRACE_SECONDS": _GRACE_SECONDS,
                "USER_DIRECTORY_ADDRESS": f"unix:{envoys.user_directory}",
            }
            yield self._process(service, [sys.executable, "-m", service], environment)

    def _web(self) -> Process:
        settings = self.settings
        arguments = [str(ROOT / "web" / "dist"), settings.bind, str(settings.web_port), str(settings.bridge_port)]
        return self._process("web server", [sys.executable, "-m", "local.web_server", *arguments])

    def _vite(self) -> Process:
        settings = self.settings
        arguments = [
            "--host",
            settings.bind,
            "--port",
            str(settings.web_port),
            "--strictPort",
            "--clearScreen",
            "false",
        ]
        environment = {"BRIDGE": f"http://{settings.host}:{settings.bridge_port}"}
        command = ["node", "node_modules/vite/bin/vite.js", *arguments]
        return self._process("Vite", command, environment, ROOT / "web")

    def _process(
        self, name: str, command: list[str], environment: Mapping[str, str] | None = None, directory: Path = ROOT
    ) -> Process:
        log = self.data.logs / f"{name.replace(' ', '_').lower()}.log"
        return Process(name, command, log, environment or {}, directory)

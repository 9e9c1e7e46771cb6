"""A front door and one sidecar in front of a gRPC server, as a cluster has them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from local import envoy
from local.processes import Process

DESCRIPTOR = Path(__file__).resolve().parents[3] / "build" / "notewire.pb"
FOREIGN_ORIGIN = "https://notes.example"


@dataclass(frozen=True)
class Stack:
    """Where to reach it."""

    directory: Path
    edge: int
    services: int
    door: int
    sidecar: Process

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()

    def admin(self, name: str, method: str, target: str) -> str:
        return envoy.admin(self.directory / f"{name}.admin", method, target)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Notewire</title>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _port(directory: Path, name: str, listener: str) -> int:
    listeners = envoy.admin(directory / f"{name}.admin", "GET", "/listeners")
    line = next(line for line in listeners.splitlines() if line.startswith(f"{listener}::"))
    return int(line.rpartition(":")[2])


def _hurried(config: str, times: Mapping[str, str]) -> str:
    """The configuration with other times in it: {"max_stream_duration: 60s": "max_stream_duration: 2s"}."""
    for usual, other in times.items():
        config = config.replace(usual, other)
    return config


@contextmanager
def _envoy(
    directory: Path,
    name: str,
    template: Path,
    values: Mapping[str, str],
    overlay: str = "",
    *,
    times: Mapping[str, str] = {},
) -> Iterator[Process]:
    admin = directory / f"{name}.admin"
    config = directory / f"{name}.yaml"
    own = {
        "ADMIN": envoy.pipe(admin),
        "METRICS": envoy.pipe(directory / f"{name}.metrics"),
        "ENVOY_DIR": str(envoy.ENVOY_DIR),
        "MAX_CONNECTIONS": "2000",
        "MAX_HEAP_BYTES": "1000000000",
        "ALLOWED_ORIGINS": f'[{{exact: "{FOREIGN_ORIGIN}"}}]',
    }
    config.write_text(_hurried(envoy.render(template, {**own, **values}), times))
    process = Process(name, envoy.command(config, overlay), log=directory / f"{name}.log")
    process.start()
    try:
        until = time.monotonic() + 20
        while not envoy.ready(admin):
            process.raise_if_ended()
            assert time.monotonic() < until, (directory / f"{name}.log").read_text()
            time.sleep(0.02)
        yield process
    finally:
        process.kill()


@contextmanager
def running_way_out(directory: Path, user_svc: str, discovery: str = envoy.FIXED) -> Iterator[Path]:
    """A sidecar as note_svc has it, whose way out leads to the address of a user_svc; its egress socket."""
    socket = directory / "egress"
    overlay = envoy.render(
        envoy.EGRESS, {"EGRESS": envoy.pipe(socket), "USER_SVC": user_svc, "USER_SVC_DISCOVERY": discovery}
    )
    sidecar = {name.upper(): envoy.pipe(directory / name) for name in ("edge", "services", "app")}
    sidecar["DESCRIPTOR"] = str(DESCRIPTOR)
    with _envoy(directory, "way_out", envoy.SIDECAR, sidecar, overlay):
        yield socket


@contextmanager
def running_stack(
    directory: Path,
    app_port: int,
    door_limits: Mapping[str, str] = {},
    sidecar_limits: Mapping[str, str] = {},
    *,
    times: Mapping[str, str] = {},
) -> Iterator[Stack]:
    """Ports are chosen by the kernel and asked for afterwards, so that nothing can take them in between."""
    any_port = envoy.socket_address("127.0.0.1", 0)
    web = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    Thread(target=web.serve_forever, daemon=True).start()
    sidecar = {
        "EDGE": any_port,
        "SERVICES": any_port,
        "APP": envoy.socket_address("127.0.0.1", app_port),
        "DESCRIPTOR": str(DESCRIPTOR),
        **sidecar_limits,
    }
    try:
        with _envoy(directory, "sidecar", envoy.SIDECAR, sidecar, times=times) as process:
            edge = _port(directory, "sidecar", "edge")
            door = {
                "DOOR": any_port,
                "USER_SVC": envoy.socket_address("127.0.0.1", edge),
                "NOTE_SVC": envoy.socket_address("127.0.0.1", edge),
                "DISCOVERY": envoy.FIXED,
                "WEB": envoy.socket_address("127.0.0.1", web.server_port),
                "TRUSTED_HOPS": "0",
                "STYLE_SOURCES": "",
                "IMAGE_SOURCES": "https:",
                **door_limits,
            }
            with _envoy(directory, "door", envoy.FRONT_DOOR, door, times=times):
                services = _port(directory, "sidecar", "services")
                yield Stack(directory, edge, services, _port(directory, "door", "door"), process)
    finally:
        web.shutdown()
        web.server_close()

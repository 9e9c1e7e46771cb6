"""The three Envoys of a stack: the front door, and a sidecar for each service."""

import json
import resource
from dataclasses import dataclass
from pathlib import Path

from local import envoy
from local.processes import Process
from local.settings import Settings

DESCRIPTOR = Path(__file__).resolve().parent.parent / "build" / "notewire.pb"
SERVICES = ("user_svc", "note_svc")

# So many between two requests take 160 MB of this heap; envoy/front_door.yaml says what others take.
_MAX_CONNECTIONS = 10_000
_MAX_HEAP_BYTES = 256 * 1024 * 1024
_OTHER_FILES = 1500  # that an Envoy has open beside its clients' connections


@dataclass(frozen=True)
class Envoys:
    """How the Envoys of a stack find what they stand between. What nobody dials is a socket in `sockets`."""

    settings: Settings
    sockets: Path
    logs: Path
    vite: bool = False
    """The web server is Vite's own, which puts styles into the page."""

    @property
    def user_directory(self) -> Path:
        """The socket where note_svc finds user.UserDirectory."""
        return self.sockets / "egress"

    def sidecars(self) -> list[Process]:
        """One for each service, not started; what it shall run with is written beside its sockets."""
        return [
            self._process("user_svc", self._sidecar("user_svc", self.settings.user_port)),
            self._process("note_svc", self._sidecar("note_svc", self.settings.note_port), self._egress()),
        ]

    def front_door(self) -> Process:
        """The one origin for browsers, not started."""
        return self._process("front_door", self._front_door())

    def _process(self, name: str, config: str, overlay: str = "") -> Process:
        path = self.sockets / f"{name}.yaml"
        path.write_text(config)
        label = "front door" if name == "front_door" else f"sidecar of {name}"
        return Process(label, envoy.command(path, overlay), log=self.logs / f"envoy.{name}.log")

    def _sidecar(self, service: str, port: int) -> str:
        return envoy.render(
            envoy.SIDECAR,
            {
                **self._own(service),
                "EDGE": self._socket(f"{service}.edge"),
                "SERVICES": self._socket(f"{service}.services"),
                "APP": envoy.socket_address(self.settings.host, port),
                "DESCRIPTOR": str(DESCRIPTOR),
            },
        )

    def _egress(self) -> str:
        return envoy.render(
            envoy.EGRESS,
            {
                "EGRESS": envoy.pipe(self.user_directory),
                "USER_SVC": self._socket("user_svc.services"),
                "USER_SVC_DISCOVERY": envoy.FIXED,
            },
        )

    def _front_door(self) -> str:
        return envoy.render(
            envoy.FRONT_DOOR,
            {
                **self._own("front_door"),
                "DOOR": envoy.socket_address(self.settings.bind, self.settings.bridge_port),
                "USER_SVC": self._socket("user_svc.edge"),
                "NOTE_SVC": self._socket("note_svc.edge"),
                "DISCOVERY": envoy.FIXED,
                "WEB": envoy.socket_address(self.settings.host, self.settings.web_port),
                "TRUSTED_HOPS": "0",
                "STYLE_SOURCES": "'unsafe-inline'" if self.vite else "",
                "IMAGE_SOURCES": " ".join(self.settings.image_sources),
            },
        )

    def _own(self, name: str) -> dict[str, str]:
        return {
            "MAX_CONNECTIONS": str(_connections()),
            "MAX_HEAP_BYTES": str(_MAX_HEAP_BYTES),
            "ADMIN": self._socket(f"{name}.admin"),
            "METRICS": self._socket(f"{name}.metrics"),
            "ENVOY_DIR": str(envoy.ENVOY_DIR),
            "ALLOWED_ORIGINS": json.dumps([{"exact": origin} for origin in self.settings.allowed_origins]),
        }

    def _socket(self, name: str) -> str:
        return envoy.pipe(self.sockets / name)


def _connections() -> int:
    """As many as Envoy shall take. Lets this process and its children open the files for them, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_CONNECTIONS + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted - _OTHER_FILES, wanted // 2)

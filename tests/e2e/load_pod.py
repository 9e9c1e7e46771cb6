"""A pod in the cluster from which load comes."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.cluster import CHART, Namespace, wait_until
from tests.e2e.stolen_time import StolenTime

_SCRIPTS = [
    *(Path(__file__).with_name(name) for name in ("load.py", "journal.py", "renames.py")),
    CHART / "files" / "smoke.py",
]
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@dataclass
class Results:
    """What the clients of a load counted, filled when the load has ended."""

    clients: list[dict[str, Any]] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(client["calls"] for client in self.clients)

    @property
    def failed(self) -> int:
        return sum(client["failed"] for client in self.clients)

    def lost(self, machine: StolenTime) -> int:
        """Calls that failed; those that were only late do not count when the machine itself stood still."""
        late = sum(client["late"] for client in self.clients) if machine.stood_still else 0
        return self.failed - late

    def figures(self, what: str) -> list[tuple[str, str]]:
        """A line of the summary for each client."""
        return [
            (
                f"{what}: {client['client']}",
                f"{client['failed']} of {client['calls']} calls failed, "
                f"p50 {client['p50_ms']} ms, p99 {client['p99_ms']} ms, slowest {client['max_ms']} ms",
            )
            for client in self.clients
        ]

    @property
    def failures(self) -> list[str]:
        """When and why, of the first that each client saw fail."""
        return [
            f"{moment:.1f} {client['client']} {text}" for client in self.clients for moment, text in client["failures"]
        ]


def python_pod(name: str, image: str, **spec: Any) -> dict[str, Any]:
    """A pod that waits for commands, within the level `restricted`."""
    container = {
        "name": "python",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", "import signal; signal.sigwait({signal.SIGTERM})"],
        "env": [{"name": "PYTHONPATH", "value": "/app"}, {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        "securityContext": RESTRICTED,
        **spec.pop("container", {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], **spec},
    }


class LoadPod:
    """Makes calls from inside of the cluster."""

    name = "load"

    def __init__(self, namespace: Namespace, image: str) -> None:
        self._namespace = namespace
        scripts = {path.name: path.read_text() for path in _SCRIPTS}
        mount = {"name": "scripts", "mountPath": "/load"}
        namespace.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "load"}, "data": scripts},
            python_pod(
                self.name,
                image,
                container={"volumeMounts": [mount]},
                volumes=[{"name": "scripts", "configMap": {"name": "load"}}],
            ),
        )
        namespace.kubectl("wait", "--for=condition=Ready", f"pod/{self.name}", "--timeout=60s")

    def python(self, script: str, *arguments: str) -> str:
        return self._namespace.exec(self.name, "python", "python", f"/load/{script}", *arguments)

    @contextmanager
    def running(self, *clients: str, script: str = "load.py") -> Iterator[Results]:
        """Load through the front door, from the first call to the end of the block; then its results are there."""
        results = Results()
        command = ["kubectl", "--namespace", self._namespace.name, "exec", self.name, "--"]
        process = subprocess.Popen(
            [*command, "python", f"/load/{script}", "http://notes-web:8080", *clients],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            if process.stdout.readline().strip() != "started":
                raise AssertionError(f"the load did not start: {process.stderr.read()}")
            yield results
        finally:
            self._namespace.exec(self.name, "python", "touch", "/tmp/stop")
            output, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
        results.clients += [json.loads(line) for line in output.splitlines()]

    def seconds(self, seconds: float) -> None:
        """Lets the load run on."""
        end = time.monotonic() + seconds
        wait_until("the time", lambda: time.monotonic() >= end, seconds + 1)

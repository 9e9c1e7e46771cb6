"""The current Kubernetes context, asked through kubectl and helm."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "notewire"
PREVIOUS_CHART = ROOT / "build" / "previous" / "helm" / "notewire"
"""Of the release before, which `make cluster-load-previous` brings, with its images as `previous`."""

_T = TypeVar("_T")


class CommandFailed(Exception):
    """kubectl or helm ended with an error; the text is what it said."""


def run(*command: str, stdin: str | None = None, seconds: float = 180) -> str:
    """What the command prints. Raises CommandFailed."""
    result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    if result.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def wait_until(what: str, check: Callable[[], _T | None], seconds: float, pause: float = 0.25) -> _T:
    """The first answer of `check` that is true; fails when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        if answer := check():
            return answer
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(pause)


class Api:
    """The cluster's API behind one `kubectl proxy`.

    Pods are looked at several times a second while load runs, and a kubectl for each look would take the processor time
    that the pods need.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str) -> dict[str, Any]:
        """What the API has at the path. Raises urllib.error.HTTPError."""
        with urllib.request.urlopen(f"http://{self._address}{path}", timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@contextmanager
def proxied_api() -> Iterator[Api]:
    """The API of the current context."""
    with subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Api(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


class Namespace:
    """A namespace of the tests' own, which enforces a level of Pod Security."""

    def __init__(self, api: Api, name: str, pod_security: str = "restricted") -> None:
        self._api = api
        self.name = name
        run("kubectl", "delete", "namespace", name, "--ignore-not-found", "--wait", seconds=300)
        label = {"pod-security.kubernetes.io/enforce": pod_security}
        metadata = {"name": name, "labels": label}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    def delete(self) -> None:
        """Begins to; whoever makes it again waits for the end."""
        run("kubectl", "delete", "namespace", self.name, "--wait=false")

    def kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = 180) -> str:
        return run("kubectl", "--namespace", self.name, *arguments, stdin=stdin, seconds=seconds)

    def get(self, *arguments: str) -> dict[str, Any]:
        """Objects as the API gives them."""
        answer: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "--output", "json"))
        return answer

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        body = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        self.kubectl("apply", "--filename", "-", stdin=body)

    def exec(self, pod: str, container: str, *command: str) -> str:
        return self.kubectl("exec", pod, "--container", container, "--", *command)

    def pods(self, component: str = "") -> list["Pod"]:
        """Those that are not on their way out, of one component of the chart or of all."""
        selector = "app.kubernetes.io/name=notewire" + (
            f",app.kubernetes.io/component={component}" if component else ""
        )
        return [pod for pod in self.all_pods(selector) if not pod.ends]

    def all_pods(self, selector: str) -> list["Pod"]:
        """Those that carry the labels, on their way out or not."""
        query = urllib.parse.urlencode({"labelSelector": selector})
        return [Pod(item) for item in self._api.get(f"/api/v1/namespaces/{self.name}/pods?{query}")["items"]]

    def pod(self, name: str) -> "Pod | None":
        """The pod of that name, if there is one."""
        try:
            return Pod(self._api.get(f"/api/v1/namespaces/{self.name}/pods/{name}"))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise


class Pod:
    """What the API says of a pod."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.name: str = item["metadata"]["name"]
        self.uid: str = item["metadata"]["uid"]
        self.ends = "deletionTimestamp" in item["metadata"]
        status = item["status"]
        self.address: str = status.get("podIP", "")
        conditions = {each["type"]: each for each in status.get("conditions", [])}
        self.ready = conditions.get("Ready", {}).get("status") == "True"
        # Text that sorts as the time does, in seconds.
        self.ready_since: str = conditions["Ready"]["lastTransitionTime"] if self.ready else ""
        self.containers = {
            container["name"]: container
            for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        }

    def container_id(self, name: str) -> str:
        """Empty until the container has run."""
        identifier: str = self.containers.get(name, {}).get("containerID", "")
        return identifier.rpartition("/")[2]

    def restarts(self, name: str) -> int:
        return int(self.containers.get(name, {}).get("restartCount", 0))


class Release:
    """The chart, installed in a namespace as `notes`."""

    name = "notes"

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace

    def install(self, *options: str, chart: Path = CHART) -> str:
        return self._apply("install", options, chart)

    def upgrade(self, *options: str) -> str:
        return self._apply("upgrade", options, CHART)

    def rollback(self, revision: int) -> str:
        return self._helm("rollback", self.name, str(revision), "--wait", "--timeout", "240s")

    def revision(self) -> int:
        history: Sequence[dict[str, Any]] = json.loads(self._helm("history", self.name, "--output", "json"))
        return int(history[-1]["revision"])

    def test(self) -> str:
        """With what the test's pod wrote."""
        return self._helm("test", self.name, "--logs", "--timeout", "120s")

    def uninstall(self) -> str:
        """Until the last pod is gone: Helm waits for what it made, and pods are made by controllers."""
        said = self._helm("uninstall", self.name, "--ignore-not-found", "--wait", "--timeout", "240s")
        mine = f"app.kubernetes.io/instance={self.name}"
        wait_until("no pod left", lambda: not self.namespace.all_pods(mine), 240)
        return said

    def restart(self, *components: str) -> None:
        """A rolling restart, to its end."""
        names = [f"deployment/{self.name}-{component}" for component in components]
        self.namespace.kubectl("rollout", "restart", *names)
        self.settle(*components)

    def settle(self, *components: str) -> None:
        """Waits for rollouts, and for the old pods to be gone."""
        for component in components:
            name = f"deployment/{self.name}-{component}"
            self.namespace.kubectl("rollout", "status", name, "--timeout=240s", seconds=250)
            selector = f"app.kubernetes.io/component={component}"
            wait_until(
                f"old pods of {component} gone",
                lambda: not any(pod.ends for pod in self.namespace.all_pods(selector)),  # noqa: B023
                90,
            )

    def _apply(self, verb: str, options: Sequence[str], chart: Path) -> str:
        return self._helm(verb, self.name, str(chart), "--wait", "--timeout", "280s", *options)

    def _helm(self, *arguments: str) -> str:
        return run("helm", *arguments, "--namespace", self.namespace.name, seconds=300)

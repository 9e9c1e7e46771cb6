"""Containers that die without a word, while the other replica serves."""

import time
from collections.abc import Callable

import pytest

from tests.e2e.cluster import CommandFailed, Namespace, Pod, Release, wait_until
from tests.e2e.conftest import Figures
from tests.e2e.load_pod import LoadPod
from tests.e2e.node import Node
from tests.e2e.stolen_time import StolenTime

Kill = Callable[[Node, Namespace, Pod], None]

# Promised; tested at three times its figure.
_GAP_SECONDS = 1

# Many small processes, so that the kernel finds none larger than the app, and kills that.
_FILL_MEMORY = """
import os, time
open("/proc/1/oom_score_adj", "w").write("1000")
for _ in range(60):
    if os.fork() == 0:
        taken = b"x" * (16 << 20)
        time.sleep(60)
    time.sleep(0.05)
"""


def _kill_app(node: Node, _namespace: Namespace, pod: Pod) -> None:
    node.kill(pod, "app")


def _kill_envoy(node: Node, _namespace: Namespace, pod: Pod) -> None:
    node.kill(pod, "envoy")


def _exhaust_memory(_node: Node, namespace: Namespace, pod: Pod) -> None:
    with pytest.raises(CommandFailed):
        namespace.exec(pod.name, "app", "python", "-c", _FILL_MEMORY)


@pytest.mark.parametrize(
    ("what", "container", "kill"),
    [
        ("app killed (SIGKILL)", "app", _kill_app),
        ("Envoy killed (SIGKILL)", "envoy", _kill_envoy),
        ("app out of memory", "app", _exhaust_memory),
    ],
)
def test_the_other_replica_serves_and_the_pod_recovers(
    what: str,
    container: str,
    kill: Kill,
    patient_replicas: Release,
    node: Node,
    load: LoadPod,
    figures: Figures,
    stolen_time: StolenTime,
) -> None:
    namespace = patient_replicas.namespace
    name = namespace.pods("note-svc")[0].name

    def now() -> Pod:
        pod = namespace.pod(name)
        assert pod is not None
        return pod

    before = now().restarts(container)
    with load.running("grpc_web=20") as results:
        load.seconds(2)
        kill(node, namespace, now())
        began = time.monotonic()
        wait_until("the container restarted", lambda: now().restarts(container) > before, 60)
        wait_until("the pod ready", lambda: now().ready, 60)
        seconds = time.monotonic() - began
        load.seconds(3)
    [client] = results.clients
    gap = f"no answer for {client['longest_gap_seconds']} s at most (promised: {_GAP_SECONDS} s)"
    failed = f"{client['failed']} of {client['calls']} calls failed"
    figures.append((what, f"ready again after {seconds:.1f} s; {gap}; {failed}"))
    assert client["longest_gap_seconds"] <= 3 * _GAP_SECONDS or stolen_time.stood_still
    assert results.lost(stolen_time) < client["calls"] / 10

"""A database that goes away while notes are written."""

import time
from collections.abc import Callable

import pytest

from tests.e2e.cluster import Pod, Release, wait_until
from tests.e2e.conftest import Figures
from tests.e2e.load_pod import LoadPod
from tests.e2e.node import Node

_POD = "notes-database-0"
# Promised; a latency is tested at three times its figure.
_ANSWER_SECONDS = 1.0
_RECOVERY_SECONDS = 15.0


def _kill(release: Release, node: Node) -> None:
    node.kill(_database(release), "postgres")


def _delete(release: Release, _node: Node) -> None:
    release.namespace.kubectl("delete", "pod", _POD, "--wait=false")


@pytest.mark.parametrize(("what", "happen"), [("killed (SIGKILL)", _kill), ("pod deleted", _delete)])
def test_services_answer_unavailable_and_recover_and_nothing_is_lost(
    what: str,
    happen: Callable[[Release, Node], None],
    two_replicas: Release,
    node: Node,
    load: LoadPod,
    figures: Figures,
) -> None:
    services = _services(two_replicas)
    with load.running(script="journal.py") as results:
        load.seconds(3)
        before = _serving_container(two_replicas)
        happen(two_replicas, node)
        wait_until("another database", lambda: _serving_container(two_replicas) not in {"", before}, 90)
        back = time.time()
        after = _services(two_replicas)
        load.seconds(_RECOVERY_SECONDS)
    [journal] = results.clients
    last_failure = journal["failures"][-1][0]
    recovered = min(moment for moment in journal["good"] if moment > last_failure) - back
    slowest = journal["slowest_failure_seconds"]
    answers = (
        f"{journal['failed']} calls answered UNAVAILABLE in at most {slowest:.2f} s (promised: {_ANSWER_SECONDS:g} s)"
    )
    again = f"served again {recovered:+.1f} s after it was Ready (promised: {_RECOVERY_SECONDS:g} s)"
    notes = f"{len(journal['lost'])} of {journal['confirmed']} notes lost"
    figures.append((f"database {what}", f"{answers}; {again}; {notes}"))
    assert journal["failed"] > 0
    assert [why for _, why in journal["failures"] if "grpc-status 14" not in why] == []
    assert slowest < 3 * _ANSWER_SECONDS
    assert recovered < 3 * _RECOVERY_SECONDS
    assert journal["lost"] == []
    assert after == services


def _database(release: Release) -> Pod:
    pod = release.namespace.pod(_POD)
    assert pod is not None
    return pod


def _serving_container(release: Release) -> str:
    """The id of the database's container; empty while there is none that is ready."""
    pod = release.namespace.pod(_POD)
    return pod.container_id("postgres") if pod is not None and pod.ready and not pod.ends else ""


def _services(release: Release) -> dict[str, tuple[bool, int]]:
    """Of each pod of the services: whether it is ready, and how often its app restarted."""
    pods = release.namespace.pods("user-svc") + release.namespace.pods("note-svc")
    return {pod.name: (pod.ready, pod.restarts("app")) for pod in pods}

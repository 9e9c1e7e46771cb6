"""Pods that come and go while calls run through the front door, at two replicas."""

from collections.abc import Callable

import pytest

from tests.e2e.cluster import Release, wait_until
from tests.e2e.conftest import Figures
from tests.e2e.load_pod import LoadPod
from tests.e2e.stolen_time import StolenTime

CLIENTS = [
    "native=10@notes-web:8080",
    "native=8@notes-note-svc:50052",
    "grpc_web=10",
    "websocket=6",
]
COMPONENTS = ("user-svc", "note-svc", "web")


def _restart(release: Release) -> None:
    release.restart(*COMPONENTS)


def _delete_a_pod_of_each(release: Release) -> None:
    victims = [release.namespace.pods(component)[0] for component in COMPONENTS]
    release.namespace.kubectl("delete", "pod", *[pod.name for pod in victims], "--wait=false")
    wait_until(
        "two ready pods of each",
        lambda: all(sum(pod.ready for pod in release.namespace.pods(component)) == 2 for component in COMPONENTS),
        90,
    )
    release.settle(*COMPONENTS)


def _upgrade_and_roll_back(release: Release) -> None:
    revision = release.revision()
    release.upgrade("--reuse-values", "--set=envoy.maxConnections=9999,noteSvc.maxConcurrentCalls=199")
    release.settle(*COMPONENTS)
    release.rollback(revision)
    release.settle(*COMPONENTS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("what", "happen"),
    [
        ("rolling restart of all", _restart),
        ("a pod of each deleted", _delete_a_pod_of_each),
        ("helm upgrade and rollback", _upgrade_and_roll_back),
    ],
)
def test_no_call_fails(
    what: str,
    happen: Callable[[Release], None],
    patient_replicas: Release,
    load: LoadPod,
    figures: Figures,
    stolen_time: StolenTime,
) -> None:
    with load.running(*CLIENTS) as results:
        happen(patient_replicas)
    figures += results.figures(what)
    assert results.lost(stolen_time) == 0, "\n".join(results.failures)
    assert all(client["calls"] > 100 for client in results.clients)

"""Who reaches what, tried from a pod of the namespace that is none of Notewire's."""

from collections.abc import Iterator
from subprocess import TimeoutExpired

import pytest

from tests.e2e.cluster import CommandFailed, Release
from tests.e2e.load_pod import LoadPod, python_pod

_CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()
    print("open")
except OSError as error:
    print("closed", error)
"""
CLOSED = [
    ("database", "notes-database", 5432),
    ("native port of user_svc", "notes-user-svc", 50051),
    ("native port of note_svc", "notes-note-svc", 50052),
    ("edge of note_svc", "notes-note-svc-headless", 8080),
    ("user.UserDirectory", "notes-user-svc-headless", 8081),
    ("metrics of user_svc", "notes-user-svc-headless", 9464),
    ("metrics of note_svc", "notes-note-svc-headless", 9464),
    ("metrics of Envoy", "notes-note-svc-headless", 9902),
]


@pytest.fixture(scope="module")
def foreign(patient_replicas: Release, image: str) -> Iterator[str]:
    namespace = patient_replicas.namespace
    namespace.apply(python_pod("foreign", image))
    namespace.kubectl("wait", "--for=condition=Ready", "pod/foreign", "--timeout=60s")
    yield "foreign"
    namespace.kubectl("delete", "pod", "foreign", "--wait=false")


@pytest.mark.parametrize(("what", "host", "port"), CLOSED, ids=[what for what, _, _ in CLOSED])
def test_a_foreign_pod_does_not_reach(what: str, host: str, port: int, patient_replicas: Release, foreign: str) -> None:
    assert _connect(patient_replicas, foreign, host, port).startswith("closed"), what


def test_a_foreign_pod_reaches_the_front_door(patient_replicas: Release, foreign: str) -> None:
    assert _connect(patient_replicas, foreign, "notes-web", 8080) == "open"


def test_a_pod_named_in_the_values_reaches_the_native_port(patient_replicas: Release, load: LoadPod) -> None:
    assert _connect(patient_replicas, load.name, "notes-note-svc", 50052) == "open"


def test_a_pod_named_for_calls_does_not_reach_metrics(patient_replicas: Release, load: LoadPod) -> None:
    assert _connect(patient_replicas, load.name, "notes-note-svc-headless", 9464).startswith("closed")


def _connect(release: Release, pod: str, host: str, port: int) -> str:
    """A command that fails has said nothing of the address, so it is given a second time; what it says counts."""
    command = ("python", "-c", _CONNECT, host, str(port))
    try:
        said = release.namespace.exec(pod, "python", *command)
    except (CommandFailed, TimeoutExpired):
        said = release.namespace.exec(pod, "python", *command)
    return said.strip()

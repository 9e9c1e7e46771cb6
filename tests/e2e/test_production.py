"""The values for production, with a database that is not the chart's."""

from collections.abc import Iterator

import pytest

from tests.e2e.cluster import CHART, Api, Namespace, Release
from tests.e2e.conftest import PATIENT
from tests.e2e.load_pod import RESTRICTED

_SQL = """
CREATE ROLE people LOGIN PASSWORD 'p1'; CREATE DATABASE people OWNER people;
CREATE ROLE notes LOGIN PASSWORD 'p2'; CREATE DATABASE notes OWNER notes;
"""
_URLS = {
    "user-svc-url": "postgresql://people:p1@external:5432/people",
    "note-svc-url": "postgresql://notes:p2@external:5432/notes",
}
# What a small cluster has room for; the shape stays that of production.
_SMALL = ["--set=envoy.resources.requests.cpu=10m"] + [
    f"--set={name}.resources.requests.cpu=10m,{name}.autoscaling.maxReplicas=2"
    for name in ("userSvc", "noteSvc", "web")
]


@pytest.fixture(scope="module")
def production(api: Api) -> Iterator[Release]:
    namespace = Namespace(api, "notewire-e2e-production")
    server = {
        "name": "postgres",
        "image": "postgres:17",
        "env": [{"name": "POSTGRES_PASSWORD", "value": "p0"}, {"name": "PGDATA", "value": "/data/pgdata"}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": {"exec": {"command": ["pg_isready", "--host=127.0.0.1"]}, "periodSeconds": 1},
        "securityContext": {**RESTRICTED, "runAsUser": 999},
    }
    metadata = {"name": "external", "labels": {"app": "external"}}
    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": {
                "securityContext": {"fsGroup": 999},
                "containers": [server],
                "volumes": [{"name": "data", "emptyDir": {}}],
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": {"app": "external"}, "ports": [{"port": 5432}]},
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "urls"}, "stringData": _URLS},
    )
    namespace.kubectl("wait", "--for=condition=Ready", "pod/external", "--timeout=60s")
    for statement in _SQL.split(";")[:-1]:
        namespace.exec("external", "postgres", "psql", "--username=postgres", f"--command={statement.strip()}")
    release = Release(namespace)
    release.install(
        f"--values={CHART}/values-production.yaml",
        "--set=database.external.enabled=true,database.existingSecret=urls",
        "--set=networkPolicy.webFrom[0].namespaceSelector.matchLabels.name=ingress",
        *_SMALL,
        *PATIENT,
    )
    yield release
    namespace.delete()


def test_two_pods_of_each_serve_on_an_external_database(production: Release) -> None:
    assert "Succeeded" in production.test()
    for component in ("user-svc", "note-svc", "web"):
        assert [pod.ready for pod in production.namespace.pods(component)] == [True, True]
    assert production.namespace.pods("database") == []


def test_one_pod_of_each_may_be_taken_away(production: Release) -> None:
    budgets = production.namespace.get("poddisruptionbudgets")["items"]
    assert {each["metadata"]["name"]: each["status"]["disruptionsAllowed"] for each in budgets} == {
        "notes-user-svc": 1,
        "notes-note-svc": 1,
        "notes-web": 1,
    }

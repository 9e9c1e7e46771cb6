"""What the chart renders, under each set of values."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster import CHART, CommandFailed, run

VALUES = {
    "default": [],
    "production": ["--values", str(CHART / "values-production.yaml")],
    "development": ["--values", str(CHART / "values-dev.yaml")],
    "external database": ["--set", "database.external.enabled=true,database.existingSecret=ours"],
    "everything else": [
        "--set=ingress.enabled=true,ingress.hosts[0]=notes.example,httpRoute.enabled=true,httpRoute.parentRefs[0].name=public",
        "--set=metrics.podMonitor.enabled=true,tracing.endpoint=http://collector:4317,allowedOrigins[0]=https://a.example",
        "--set=imagePullSecrets[0].name=pull,web.priorityClassName=high,image.registry=registry.example,image.tag=v1",
    ],
}
# Resources of other projects, whose definitions a plain cluster lacks.
FOREIGN = "HTTPRoute,PodMonitor"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JSON schemas of what the cluster's own API takes, one file a kind, as kubeconform wants them."""
    directory = tmp_path_factory.mktemp("schemas")
    definitions = json.loads(run("kubectl", "get", "--raw", "/openapi/v2"))["definitions"]
    for definition in definitions.values():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            group = kind["group"].split(".")[0]
            name = "-".join(part for part in (kind["kind"], group, kind["version"]) if part).lower()
            schema = {**_closed(definition), "definitions": {}}
            schema["definitions"] = {name: _closed(each) for name, each in definitions.items()}
            if kind["kind"] in _KINDS:
                (directory / f"{name}.json").write_text(json.dumps(schema))
    return directory


_KINDS = {
    "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PersistentVolumeClaim", "Pod",
    "PodDisruptionBudget", "Secret", "Service", "ServiceAccount", "StatefulSet",
}  # fmt: skip


def _closed(definition: Any) -> Any:
    """The definition with unknown fields refused, and the two types that the API calls strings and takes as numbers."""
    if isinstance(definition, list):
        return [_closed(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    closed = {key: _closed(value) for key, value in definition.items()}
    if "properties" in definition and "additionalProperties" not in definition:
        closed["additionalProperties"] = False
    if closed.get("format") == "int-or-string" or "resource.Quantity" in str(definition.get("$ref", "")):
        return {"type": ["string", "number"]}
    return closed


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_lint_finds_nothing(values: list[str]) -> None:
    run("helm", "lint", "--strict", str(CHART), *values)


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_every_object_is_what_the_api_takes(values: list[str], schemas: Path) -> None:
    rendered = run("helm", "template", "n", str(CHART), *values)
    location = f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    command = ["kubeconform", "-strict", "-summary", "-output", "json", "-skip", FOREIGN, "-schema-location", location]
    summary = json.loads(run(*command, stdin=rendered))["summary"]
    assert (summary["invalid"], summary["errors"]) == (0, 0)
    assert summary["valid"] >= 15


def test_a_misspelt_value_is_named() -> None:
    with pytest.raises(CommandFailed, match="at '/userSvc': additional properties 'replica' not allowed"):
        run("helm", "template", "notes", str(CHART), "--set", "userSvc.replica=3")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("shutdown.drainSeconds=40", r"terminationGracePeriodSeconds \(40\) must be at least drainSeconds"),
        ("shutdown.webDrainSeconds=60", r"terminationGracePeriodSeconds \(40\) must be at least webDrainSeconds"),
        (
            "shutdown.webStreamsEndWithStatus=true",
            r"webDrainSeconds \(25\) to be more than twice streamLifeSeconds \(300\)",
        ),
        ("userSvc.databasePoolSize=100", r"max_connections \(200\) must be at least 225"),
        ("database.external.enabled=true", "needs database.existingSecret"),
    ],
)
def test_values_that_contradict_each_other_are_refused(setting: str, message: str) -> None:
    with pytest.raises(CommandFailed, match=message):
        run("helm", "template", "notes", str(CHART), "--set", setting)


def test_rendering_without_a_cluster_makes_no_password() -> None:
    assert "kind: Secret" not in run("helm", "template", "notes", str(CHART))

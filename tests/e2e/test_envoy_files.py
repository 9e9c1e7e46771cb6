"""Envoy's files in the cluster and on one machine are the same, but for addresses."""

import json
from typing import Any

import pytest

from local import envoy
from tests.e2e.cluster import CHART, run

_DNS = (
    '{name: envoy.cluster.dns, typed_config: {"@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster,'
    " dns_lookup_family: V4_ONLY, dns_refresh_rate: 1s, respect_dns_ttl: false}}"
)
_USERS = "notes-user-svc-headless.default.svc.cluster.local."
_NOTES = "notes-note-svc-headless.default.svc.cluster.local."
_SHARED = {
    "ADMIN": envoy.socket_address("127.0.0.1", 9901),
    "METRICS": envoy.socket_address("0.0.0.0", 9902),
    "ENVOY_DIR": "/etc/envoy",
    "MAX_CONNECTIONS": "10000",
    "MAX_HEAP_BYTES": "201326592",
    "ALLOWED_ORIGINS": '[{"exact":"https://a.example"}]',
}
_SIDECAR = {
    **_SHARED,
    "EDGE": envoy.socket_address("0.0.0.0", 8080),
    "SERVICES": envoy.socket_address("0.0.0.0", 8081),
    "DESCRIPTOR": "/contract/notewire.pb",
}


@pytest.fixture(scope="module")
def files() -> dict[tuple[str, str], str]:
    """What the chart gives to each Envoy, by ConfigMap and key."""
    rendered = run(
        "helm", "template", "notes", str(CHART), "--show-only=templates/envoy-configmap.yaml",
        "--set=allowedOrigins[0]=https://a.example",
    )  # fmt: skip
    parsed = run("kubectl", "create", "--dry-run=client", "--output=json", "--filename=-", stdin=rendered)
    return {
        (each["metadata"]["name"], key): text.strip()
        for each in _documents(parsed)
        for key, text in each["data"].items()
    }


def _documents(text: str) -> list[dict[str, Any]]:
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


@pytest.mark.parametrize(("service", "port"), [("user-svc", 50051), ("note-svc", 50052)])
def test_a_sidecar(service: str, port: int, files: dict[tuple[str, str], str]) -> None:
    here = envoy.render(envoy.SIDECAR, {**_SIDECAR, "APP": envoy.socket_address("127.0.0.1", port)})
    assert files[f"notes-{service}-envoy", "sidecar.yaml"] == here.strip()


def test_the_way_from_note_svc_to_user_svc(files: dict[tuple[str, str], str]) -> None:
    values = {
        "EGRESS": envoy.socket_address("127.0.0.1", 15001),
        "USER_SVC": envoy.socket_address(_USERS, 8081),
        "USER_SVC_DISCOVERY": _DNS,
    }
    assert files["notes-note-svc-envoy", "egress.yaml"] == envoy.render(envoy.EGRESS, values).strip()


def test_the_front_door(files: dict[tuple[str, str], str]) -> None:
    values = {
        **_SHARED,
        "DOOR": envoy.socket_address("0.0.0.0", 8080),
        "USER_SVC": envoy.socket_address(_USERS, 8080),
        "NOTE_SVC": envoy.socket_address(_NOTES, 8080),
        "DISCOVERY": _DNS,
        "WEB": envoy.socket_address("127.0.0.1", 8000),
        "TRUSTED_HOPS": "0",
        "STYLE_SOURCES": "",
        "IMAGE_SOURCES": "https:",
    }
    assert files["notes-web-envoy", "front_door.yaml"] == envoy.render(envoy.FRONT_DOOR, values).strip()


@pytest.mark.parametrize("service", ["user-svc", "note-svc"])
def test_the_lua_of_the_sidecars(service: str, files: dict[tuple[str, str], str]) -> None:
    lua = {path.name: path.read_text().strip() for path in envoy.ENVOY_DIR.rglob("*.lua")}
    assert {
        key: text for (name, key), text in files.items() if name == f"notes-{service}-envoy" and ".lua" in key
    } == lua

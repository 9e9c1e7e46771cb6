"""k8s/notewire.yaml, applied with the commands that k8s/README.md prints."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster import ROOT, Api, Namespace, run
from tests.e2e.load_pod import LoadPod


@pytest.fixture
def namespace(api: Api) -> Iterator[Namespace]:
    namespace = Namespace(api, "notewire-e2e-plain")
    yield namespace
    namespace.delete()


def test_the_printed_commands_lead_to_a_working_application(namespace: Namespace, image: str, tmp_path: Path) -> None:
    # The README's own namespace may be somebody's; nothing but its name is replaced.
    manifests = tmp_path / "notewire.yaml"
    manifests.write_text(
        (ROOT / "k8s" / "notewire.yaml").read_text().replace(".notewire.svc.", f".{namespace.name}.svc.")
    )
    commands = (
        _printed("Without Helm")
        .replace("kubectl create namespace notewire && ", "")
        .replace("--namespace notewire ", f"--namespace {namespace.name} ")
        .replace("k8s/notewire.yaml", str(manifests))
    )
    preparing, _, forwarding = commands.rpartition("kubectl")
    assert "port-forward svc/notewire-web" in forwarding

    run("bash", "-euo", "pipefail", "-c", preparing)
    for component in ("user-svc", "note-svc", "web"):
        namespace.kubectl("rollout", "status", f"deployment/notewire-{component}", "--timeout=120s")

    LoadPod(namespace, image).python("smoke.py", "http://notewire-web:8080")


def _printed(section: str) -> str:
    """The commands of a section of the README."""
    text = (ROOT / "k8s" / "README.md").read_text().partition(f"## {section}\n")[2]
    return text.partition("```sh\n")[2].partition("```")[0]

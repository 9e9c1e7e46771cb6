"""note_svc grows with load and shrinks without it."""

import time

import pytest

from tests.e2e.cluster import Release, wait_until
from tests.e2e.conftest import Figures
from tests.e2e.load_pod import LoadPod
from tests.e2e.stolen_time import StolenTime

# Steps are short here, so that the test need not last the five minutes of the chart's own behaviour.
VALUES = """
userSvc: {replicas: 1}
noteSvc:
  resources: {requests: {cpu: 40m}}
  autoscaling:
    enabled: true
    minReplicas: 1
    maxReplicas: 3
    targetCPUUtilizationPercentage: 60
    behavior:
      scaleDown: {stabilizationWindowSeconds: 15, policies: [{type: Pods, value: 2, periodSeconds: 15}]}
web: {replicas: 1}
"""
# Promised; a latency is tested at three times its figure.
_SPREAD_SECONDS = 10
_HANDLED = """
import re, urllib.request
text = urllib.request.urlopen("http://127.0.0.1:9464/metrics").read().decode()
found = re.findall(r'^grpc_server_handled_total\\{[^}]*grpc_service="note.NoteService"[^}]*\\} ([0-9.e+]+)', text, re.M)
print(sum(map(float, found)))
"""


@pytest.mark.timeout(600)
def test_load_takes_note_svc_from_one_pod_to_three_and_back(
    patient_replicas: Release,
    load: LoadPod,
    figures: Figures,
    stolen_time: StolenTime,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    release, namespace = patient_replicas, patient_replicas.namespace
    values = tmp_path_factory.mktemp("values") / "autoscaling.yaml"
    values.write_text(VALUES)
    release.upgrade("--reuse-values", "--values", str(values))
    release.settle("note-svc", "user-svc", "web")
    wait_until("one pod", lambda: len(namespace.pods("note-svc")) == 1, 120)

    with load.running("grpc_web=60", "native=60@notes-web:8080") as results:
        began = time.monotonic()
        ready_at: dict[str, float] = {}
        first_call: dict[str, float] = {}

        def all_three_serve() -> bool:
            for pod in namespace.pods("note-svc"):
                if pod.ready and pod.name not in first_call:
                    ready_at.setdefault(pod.name, time.monotonic())
                    if _handled(release, pod.name) > 0:
                        first_call[pod.name] = time.monotonic()
            return len(first_call) == 3

        wait_until("three pods that serve", all_three_serve, 180, pause=1)
        grown = time.monotonic() - began
        before = {name: _handled(release, name) for name in first_call}
        load.seconds(10)
        share = {name: _handled(release, name) - before[name] for name in first_call}
    lags = sorted(first_call[name] - ready_at[name] for name in first_call)
    total = sum(share.values())
    shares = "/".join(f"{100 * count / total:.0f}" for count in share.values())

    began = time.monotonic()
    wait_until("one pod again", lambda: len(namespace.pods("note-svc")) == 1, 180)
    shrunk = time.monotonic() - began
    first = f"a new pod's first call {lags[-1]:.1f} s after Ready (promised: {_SPREAD_SECONDS} s)"
    figures.append(("autoscaling, one pod to three", f"{grown:.0f} s; {first}"))
    figures.append(("autoscaling, share of the calls", f"{shares} %, {results.failed} of {results.calls} failed"))
    figures.append(("autoscaling, three pods to one", f"{shrunk:.0f} s"))
    assert lags[-1] < 3 * _SPREAD_SECONDS
    assert min(share.values()) > total / 6
    assert results.lost(stolen_time) == 0, "\n".join(results.failures)


def _handled(release: Release, pod: str) -> float:
    return float(release.namespace.exec(pod, "app", "python", "-c", _HANDLED))

"""A release with a setting that the service refuses."""

import pytest

from tests.e2e.cluster import CommandFailed, Pod, Release, wait_until
from tests.e2e.conftest import PATIENT
from tests.e2e.load_pod import LoadPod
from tests.e2e.stolen_time import StolenTime


def test_the_rollout_stops_and_names_the_setting_while_old_pods_serve(
    patient_replicas: Release, load: LoadPod, stolen_time: StolenTime
) -> None:
    namespace, revision = patient_replicas.namespace, patient_replicas.revision()
    old = {pod.name for pod in namespace.pods("note-svc")}
    with load.running("grpc_web=20") as results:
        with pytest.raises(CommandFailed):
            patient_replicas.upgrade(
                "--reuse-values",
                "--timeout=20s",
                *PATIENT,
                "--set=noteSvc.env[1].name=MAX_REQUEST_BYTES,noteSvc.env[1].value=lots",
            )
        [broken] = wait_until(
            "a new pod", lambda: [pod for pod in namespace.pods("note-svc") if pod.name not in old], 60
        )
        log = wait_until("its log", lambda: _log(patient_replicas, broken), 30)
        serving = {pod.name for pod in namespace.pods("note-svc") if pod.ready}
        patient_replicas.rollback(revision)
    assert "MAX_REQUEST_BYTES" in log
    assert serving == old
    assert results.lost(stolen_time) == 0, "\n".join(results.failures)


def _log(release: Release, pod: Pod) -> str:
    return release.namespace.kubectl("logs", pod.name, "--container", "migrate")

"""From the release before to this one, and back, on the data of this one."""

from tests.e2e.cluster import PREVIOUS_CHART, Release
from tests.e2e.conftest import PATIENT, TWO_REPLICAS, Figures
from tests.e2e.load_pod import LoadPod
from tests.e2e.stolen_time import StolenTime
from tests.e2e.test_zero_loss import CLIENTS, COMPONENTS


def test_no_call_fails(patient_replicas: Release, load: LoadPod, figures: Figures, stolen_time: StolenTime) -> None:
    assert PREVIOUS_CHART.is_dir(), "needs the release before: make cluster-load-previous"
    release = patient_replicas
    release.uninstall()
    release.install(*TWO_REPLICAS, *PATIENT, "--set=image.tag=previous", chart=PREVIOUS_CHART)
    with load.running(*CLIENTS) as results:
        release.upgrade("--reset-values", *TWO_REPLICAS, *PATIENT)
        release.settle(*COMPONENTS)
        release.rollback(1)
        release.settle(*COMPONENTS)
    figures += results.figures("from the release before and back")
    assert results.lost(stolen_time) == 0, "\n".join(results.failures)

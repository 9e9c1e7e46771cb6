"""`helm uninstall`, and what remains."""

from tests.e2e.cluster import Release
from tests.e2e.load_pod import LoadPod


def test_no_pod_is_left_and_what_is_kept_is_named(patient_replicas: Release, load: LoadPod) -> None:
    namespace = patient_replicas.namespace
    said = patient_replicas.uninstall()
    assert "[PersistentVolumeClaim] notes-database" in said
    assert "[Secret] notes-database" in said
    left = "app.kubernetes.io/instance=notes"
    kinds = "deployments,statefulsets,services,configmaps,serviceaccounts,networkpolicies,horizontalpodautoscalers"
    assert namespace.get(kinds, "--selector", left)["items"] == []


def test_a_new_install_finds_the_old_notes(patient_replicas: Release) -> None:
    namespace = patient_replicas.namespace
    patient_replicas.install()
    count = namespace.exec(
        "notes-database-0", "postgres", "psql", "--username=postgres", "--dbname=note_svc", "--tuples-only",
        "--command=SELECT count(*) FROM notes",
    )  # fmt: skip
    assert int(count) > 0
    database = namespace.pod("notes-database-0")
    assert database is not None
    assert database.ready

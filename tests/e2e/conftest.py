"""One release, used by the tests in the order of their files, and what they measured."""

from collections.abc import Iterator

import pytest

from tests.e2e.cluster import CHART, Api, Namespace, Release, proxied_api, run
from tests.e2e.load_pod import LoadPod
from tests.e2e.node import Node
from tests.e2e.stolen_time import StolenTime

TWO_REPLICAS = [
    "--set=userSvc.replicas=2,noteSvc.replicas=2,web.replicas=2",
    "--set=networkPolicy.nativeFrom[0].podSelector.matchLabels.app=load",
]
PATIENT = [
    f"--set-string={service}.env[0].name=DATABASE_TIMEOUT_SECONDS,{service}.env[0].value=10"
    for service in ("userSvc", "noteSvc")
]
"""For tests that are not about a lost database: their calls outlast a machine that stands still for a second."""
Figures = list[tuple[str, str]]

# Files in the order of what they do to the release.
_ORDER = (
    "test_values",
    "test_envoy_files",
    "test_install",
    "test_database_outage",
    "test_zero_loss",
    "test_user_feed",
    "test_network_policy",
    "test_wrong_setting",
    "test_killed_containers",
    "test_autoscaling",
    "test_uninstall",
    "test_upgrade",
    "test_production",
    "test_plain_manifests",
)

# Of all processors, over a second; a quiet machine shows less than 0.1.
_MUCH_STOLEN = 0.25

_FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _ORDER.index(item.path.stem))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if figures := config.stash[_FIGURES]:
        terminalreporter.section("measured on the cluster")
        width = max(len(name) for name, _ in figures)
        for name, value in figures:
            terminalreporter.write_line(f"{name:<{width}}  {value}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    """What the summary shows: a name and a value for each line."""
    return request.config.stash[_FIGURES]


@pytest.fixture(autouse=True)
def stolen_time(request: pytest.FixtureRequest, figures: Figures) -> Iterator[StolenTime]:
    """Says beside the figures of a test that the hypervisor kept the processors from the whole machine meanwhile."""
    with StolenTime() as stolen:
        yield stolen
    if stolen.worst_share >= _MUCH_STOLEN:
        figures.append((request.node.name, f"{stolen.worst_share:.0%} of a second was stolen from the machine"))


@pytest.fixture(scope="session")
def image() -> str:
    """An image with Python, gRPC and the contract: that of a service."""
    version = next(line for line in (CHART / "Chart.yaml").read_text().splitlines() if line.startswith("appVersion:"))
    return f"notewire/note-svc:{version.split()[1].strip(chr(34))}"


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    run("kubectl", "version")
    with proxied_api() as api:
        yield api


@pytest.fixture(scope="session")
def namespace(api: Api) -> Iterator[Namespace]:
    namespace = Namespace(api, "notewire-e2e")
    yield namespace
    namespace.delete()


@pytest.fixture(scope="session")
def release(namespace: Namespace) -> Release:
    """With the values of the chart and nothing else, as a newcomer installs it."""
    release = Release(namespace)
    release.install()
    return release


@pytest.fixture(scope="session")
def load(namespace: Namespace, image: str) -> LoadPod:
    return LoadPod(namespace, image)


@pytest.fixture(scope="session")
def two_replicas(release: Release, load: LoadPod) -> Release:
    """The same release with two pods of each, where native clients in the load pod may call."""
    release.upgrade("--reset-values", *TWO_REPLICAS)
    release.settle("user-svc", "note-svc", "web")
    return release


@pytest.fixture(scope="session")
def patient_replicas(two_replicas: Release) -> Release:
    """The same two pods of each, for tests that are not about a lost database."""
    two_replicas.upgrade("--reset-values", *TWO_REPLICAS, *PATIENT)
    two_replicas.settle("user-svc", "note-svc")
    return two_replicas


@pytest.fixture(scope="session")
def node(api: Api, image: str) -> Iterator[Node]:
    node = Node(Namespace(api, "notewire-e2e-node", pod_security="privileged"), image)
    yield node
    node.namespace.delete()

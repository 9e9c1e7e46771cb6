"""The cluster's node, as far as a test has to reach past Kubernetes: killing one container's processes."""

from tests.e2e.cluster import Namespace, Pod
from tests.e2e.load_pod import python_pod

# A process belongs to the container whose id stands in its cgroup.
_KILL = """
import os, pathlib, signal, sys
killed = 0
for path in pathlib.Path("/proc").glob("[0-9]*/cgroup"):
    try:
        found = sys.argv[1] in path.read_text()
    except OSError:
        continue
    if found:
        os.kill(int(path.parent.name), signal.SIGKILL)
        killed += 1
assert killed, "no process of that container here"
"""


class Node:
    """A pod that sees the node's processes. One node is enough: on several, the pods under test are pinned to it."""

    def __init__(self, namespace: Namespace, image: str) -> None:
        self.namespace = namespace
        root = {"securityContext": {"runAsUser": 0, "privileged": True}}
        namespace.apply(python_pod("node", image, hostPID=True, container=root))
        namespace.kubectl("wait", "--for=condition=Ready", "pod/node", "--timeout=60s")

    def kill(self, pod: Pod, container: str) -> None:
        """SIGKILL for every process of a container, which has to run."""
        assert pod.container_id(container)
        self.namespace.exec("node", "python", "python", "-c", _KILL, pod.container_id(container))

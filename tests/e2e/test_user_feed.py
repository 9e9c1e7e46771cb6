"""The stream between the services, user.UserDirectory/WatchUsers, while the service that sends it restarts."""

import json
import secrets
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.cluster import Namespace, Release
from tests.e2e.conftest import Figures
from tests.e2e.load_pod import LoadPod

_WATCH_USERS = Path(__file__).with_name("watch_users.py")
# Promised; a latency is tested at three times its figure.
_RENAME_SECONDS = 1.0


def test_streams_say_that_they_end_and_who_comes_back_misses_no_rename(
    patient_replicas: Release, load: LoadPod, figures: Figures
) -> None:
    prefix = f"feed-{secrets.token_hex(4)}"
    with _followed(patient_replicas.namespace, prefix) as told, load.running(prefix, script="renames.py") as results:
        patient_replicas.restart("user-svc")
    [made] = results.clients
    slowest = max(made["shown_after_seconds"])
    ends = Counter(f"{end['code']} {end.get('reason')}" for end in told["ends"])
    figures += [
        ("feed of users, restart of user_svc", f"{len(told['names'])} of {len(made['names'])} renames told, in order"),
        (
            "feed of users, ends of its streams",
            f"{dict(ends)}, silent for {told['longest_silence_seconds']:.1f} s at most",
        ),
        ("feed of users, a rename in lists", f"after at most {slowest:.2f} s (promised: {_RENAME_SECONDS:g} s)"),
    ]
    assert told["names"] == made["names"]
    assert set(ends) <= {"UNAVAILABLE DRAINING", "UNAVAILABLE STREAM_LIFE_OVER"}, told["ends"]
    assert ends["UNAVAILABLE DRAINING"] > 0
    assert all(end["retry"] for end in told["ends"])
    assert slowest < 3 * _RENAME_SECONDS


@contextmanager
def _followed(namespace: Namespace, prefix: str) -> Iterator[dict[str, Any]]:
    """What a follower beside note_svc is told, from its first message on; filled at the end of the block."""
    told: dict[str, Any] = {}
    pod = namespace.pods("note-svc")[0].name
    script = ["python", "-c", _WATCH_USERS.read_text(), prefix]
    with subprocess.Popen(
        ["kubectl", "--namespace", namespace.name, "exec", pod, "--container", "app", "--", *script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            if process.stdout.readline().strip() != "started":
                raise AssertionError(f"the feed is not followed: {process.stderr.read()}")
            yield told
            output, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
            told.update(json.loads(output))
        finally:
            process.kill()

"""`helm install` with no values, and what a newcomer does next."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from tests.e2e.cluster import Namespace, Release, wait_until
from tests.e2e.conftest import Figures

# Promised, with the images present; tested at three times its figure.
_START_SECONDS = 90


def test_it_is_up_in_the_promised_time(namespace: Namespace, figures: Figures, request: object) -> None:
    began = time.monotonic()
    request.getfixturevalue("release")  # type: ignore[attr-defined]
    seconds = time.monotonic() - began
    figures.append(
        ("helm install with no values", f"{seconds:.0f} s until everything is ready (promised: {_START_SECONDS} s)")
    )
    assert seconds < 3 * _START_SECONDS
    assert all(pod.ready for pod in namespace.pods())


def test_the_front_door_opens_when_both_services_are_behind_it(release: Release) -> None:
    [web], [users], [notes] = (release.namespace.pods(each) for each in ("web", "user-svc", "note-svc"))
    assert web.ready_since >= max(users.ready_since, notes.ready_since)


def test_helm_test_calls_in_every_way(release: Release) -> None:
    said = release.test()
    assert re.search(r"notes-test\n.*\n.*\nPhase: +Succeeded", said)
    assert "created and read over JSON, gRPC-Web and WebSocket" in said


async def test_a_forwarded_port_shows_the_application(release: Release) -> None:
    with _forwarded(release.namespace, "svc/notes-web", 8080) as port:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/notes/any") as page:
            assert "<title>Notewire</title>" in await page.text()


def test_an_upgrade_keeps_the_passwords(release: Release) -> None:
    before = release.namespace.get("secret", "notes-database")["data"]
    release.upgrade()
    assert release.namespace.get("secret", "notes-database")["data"] == before
    assert set(before) == {"postgres-password", "user-svc-password", "note-svc-password"}


@contextmanager
def _forwarded(namespace: Namespace, target: str, port: int) -> Iterator[int]:
    """A free local port that leads to the target."""
    command = ["kubectl", "--namespace", namespace.name, "port-forward", target, f":{port}"]
    # Leaving it closes the pipe and waits.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = wait_until("the forwarded port", process.stdout.readline, 20)
            yield int(line.split("127.0.0.1:")[1].split()[0])
        finally:
            process.terminate()

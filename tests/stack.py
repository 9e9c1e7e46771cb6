"""A whole stack for tests: every process that `make run` starts, on free ports, over an empty database."""

import json
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from local.health import healthy
from local.processes import stop
from local.settings import Settings
from local.stack import Stack
from tests.directories import new_directory
from tests.ports import free_ports
from tests.postgres import PATIENT_SECONDS

Message = dict[str, Any]
PORTS = [name for name in Settings.model_fields if name.endswith("_port")]


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A new stack of its own; it takes some seconds."""
    with new_directory() as directory, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_TIMEOUT_SECONDS", str(PATIENT_SECONDS))
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        settings = Settings.model_validate({**ports, "data_dir": directory, "bind": "127.0.0.1", "database_url": None})
        stack = Stack(settings)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One stack for all tests; whoever stops a process of it starts it again."""
    with running_stack() as stack:
        yield stack


@dataclass(frozen=True)
class Answer:
    """What an HTTP server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Message:
        message: Message = json.loads(self.body)
        return message


def http(url: str, body: bytes | None = None, headers: dict[str, str] | None = None, seconds: float = 10) -> Answer:
    """GET, or POST where there is a body; error statuses are answers too."""
    try:
        with urlopen(Request(url, body, headers or {}), timeout=seconds) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


def call(stack: Stack, method: str, message: Message, headers: dict[str, str] | None = None) -> Answer:
    """A call as plain JSON through the front door, as curl makes it."""
    url = f"http://127.0.0.1:{stack.settings.bridge_port}/{method}"
    return http(url, json.dumps(message).encode(), {"content-type": "application/json", **(headers or {})})


def called(stack: Stack, method: str, message: Message) -> Message:
    """The answer of a call that must succeed."""
    answer = call(stack, method, message)
    assert answer.status == 200, answer
    return answer.json()


def new_user(stack: Stack) -> Message:
    """Somebody whose name no other test has."""
    name = f"person-{uuid4().hex[:12]}"
    return called(stack, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"})


def buf_curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A native gRPC client that this project did not write, without TLS."""
    buf = Path(sysconfig.get_path("scripts")) / "buf"
    command = [str(buf), "curl", "--protocol", "grpc", "--http2-prior-knowledge", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def seconds_until(check: Callable[[], bool], limit: float) -> float:
    """Asks until `check` says yes, and gives the time it took; fails at the limit."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < limit, f"not so after {limit} s"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def stopped(stack: Stack, *names: str) -> Iterator[None]:
    """Processes of the stack are down for so long, and answer again at the end."""
    processes = [stack[name] for name in names]
    stop(processes, seconds=10)
    try:
        yield
    finally:
        for process in processes:
            process.start()
        seconds_until(lambda: healthy("127.0.0.1", stack.settings.bridge_port), 30)

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bridge.echo_server import EchoServer
from tests.integration.bridge.stack import Stack, running_stack


@pytest.fixture(scope="session")
def echo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoServer]:
    server = EchoServer(tmp_path_factory.mktemp("echo"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, echo_server: EchoServer) -> Iterator[Stack]:
    directory: Path = tmp_path_factory.mktemp("b")
    with running_stack(directory, echo_server.port) as running:
        yield running


@pytest.fixture(params=["edge", "door"])
def port(request: pytest.FixtureRequest, stack: Stack) -> int:
    """The sidecar alone, and the way through the front door."""
    return int(getattr(stack, request.param))


@pytest.fixture
def message(echo_server: EchoServer) -> Any:
    return echo_server.messages.Message

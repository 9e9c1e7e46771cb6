import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["tests.postgres", "tests.stack"]


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A new directory for unix sockets, whose addresses have at most 108 bytes: tmp_path is too long for them."""
    with tempfile.TemporaryDirectory(prefix="nw-") as directory:
        yield Path(directory)

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.directories import new_directory

pytest_plugins = ["tests.postgres", "tests.stack"]


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A new directory, for unix sockets too."""
    with new_directory() as directory:
        yield Path(directory)

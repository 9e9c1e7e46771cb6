"""What a service prints."""

import subprocess
import sys

import pytest

_SCRIPT = """
import logging, structlog
from service_kit.process.logs import configure_logs
configure_logs({level!r}, "json")
logging.getLogger("grpc._cython.cygrpc").debug("Loaded running loop")
logging.getLogger("asyncio").info("of a library")
structlog.get_logger("note_svc").debug("of a service")
"""


@pytest.mark.parametrize(
    ("level", "printed"), [("debug", ["of a library", "of a service"]), ("info", ["of a library"]), ("warning", [])]
)
def test_debug_lines_are_those_of_the_service(level: str, printed: list[str]) -> None:
    script = _SCRIPT.format(level=level)
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert [text for text in ("Loaded running loop", "of a library", "of a service") if text in output] == printed

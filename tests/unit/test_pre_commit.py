"""What git checks before a commit."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_hooks_are_the_parts_of_make_check() -> None:
    parts = re.search(r"(?m)^check: ([a-z -]+)", (ROOT / "Makefile").read_text())
    hooks = re.findall(r"(?m)^ +entry: make (\S+)$", (ROOT / ".pre-commit-config.yaml").read_text())
    assert parts is not None
    assert sorted(hooks) == sorted(parts[1].split())

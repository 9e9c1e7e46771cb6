"""The wheel: what `pip install` of Notewire brings."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("service_kit", "user_svc", "note_svc", "notewire_proto")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files in a wheel that is built from a copy, since setuptools leaves what it builds beside the sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, *offline, "--wheel-dir", target, source], check=True, timeout=100)
    (wheel,) = target.glob("notewire-*.whl")
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("service", ["user_svc", "note_svc"])
def test_it_carries_every_migration(shipped: set[str], service: str) -> None:
    migrations = {path.relative_to(ROOT).as_posix() for path in (ROOT / service / "migrations").glob("*.sql")}
    assert migrations
    assert {name for name in shipped if name.startswith(f"{service}/") and name.endswith(".sql")} == migrations


def test_it_carries_all_code_and_its_types(shipped: set[str]) -> None:
    code = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py*")}
    code = {name for name in code if not name.endswith(".pyc")}
    assert code - shipped == set()
    assert "service_kit/py.typed" in shipped


def test_it_carries_the_licence(shipped: set[str]) -> None:
    assert any(name.endswith("/licenses/LICENSE") for name in shipped)

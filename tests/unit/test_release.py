"""What carries a version carries that of the last release, as the changelog says."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = re.findall(r"(?m)^## \[(.+?)\](?: - (\S+))?$", (ROOT / "CHANGELOG.md").read_text())


def chart(field: str) -> str:
    """A plain value of Chart.yaml."""
    found = re.search(rf'(?m)^{field}: "?([^"\n]+)"?$', (ROOT / "helm/notewire/Chart.yaml").read_text())
    assert found is not None
    return found[1]


def test_packages_web_app_chart_and_images_have_the_version_that_was_released_last() -> None:
    released, _ = HEADINGS[1]
    assert {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "web/package.json": json.loads((ROOT / "web/package.json").read_text())["version"],
        "chart": chart("version"),
        "images": chart("appVersion"),
    } == dict.fromkeys(("pyproject.toml", "web/package.json", "chart", "images"), released)


def test_the_changelog_goes_from_what_is_unreleased_back_in_time() -> None:
    assert HEADINGS[0] == ("Unreleased", "")
    days = [date.fromisoformat(day) for _, day in HEADINGS[1:]]
    assert days == sorted(days, reverse=True)
    versions = [tuple(map(int, version.split("."))) for version, _ in HEADINGS[1:]]
    assert versions == sorted(versions, reverse=True)

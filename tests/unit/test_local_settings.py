from pathlib import Path

import pytest

from local.errors import StackError
from local.settings import Settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_settings_everything_has_its_published_port_on_this_machine_alone() -> None:
    settings = Settings.from_environment()
    assert settings.bind == "127.0.0.1"
    assert settings.ports == {
        "BRIDGE_PORT": 8080,
        "USER_PORT": 50051,
        "NOTE_PORT": 50052,
        "WEB_PORT": 3000,
        "USER_METRICS_PORT": 9464,
        "NOTE_METRICS_PORT": 9465,
    }
    assert settings.database_url is None


def test_every_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_PORT", "18080")
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    monkeypatch.setenv("BIND", "::1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://admin:secret@db/postgres")
    settings = Settings.from_environment()
    assert settings.bridge_port == 18080
    assert settings.data_dir == Path("elsewhere")
    assert settings.bind == "::1"
    assert settings.database_url is not None
    assert "secret" not in repr(settings)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORT", "")
    assert Settings.from_environment().web_port == 3000


def test_all_wrong_settings_are_named_at_once_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER_PORT", "many")
    monkeypatch.setenv("NOTE_PORT", "70000")
    monkeypatch.setenv("BIND", "localhost")
    monkeypatch.setenv("DATABASE_URL", "mysql://admin:secret@db")
    with pytest.raises(StackError) as refused:
        Settings.from_environment()
    text = str(refused.value)
    assert "\n" not in text
    assert "secret" not in text
    for name in ("USER_PORT", "NOTE_PORT", "BIND", "DATABASE_URL"):
        assert name in text


def test_one_port_for_two_is_refused_by_both_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER_PORT", "8080")
    with pytest.raises(StackError, match="BRIDGE_PORT and USER_PORT are both 8080"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("written", "sources"),
    [
        ("", ("https:",)),
        ("none", ()),
        (
            "https://pictures.example, https://*.example.org:8443",
            ("https://pictures.example", "https://*.example.org:8443"),
        ),
    ],
)
def test_pictures_come_from_where_they_may(
    monkeypatch: pytest.MonkeyPatch, written: str, sources: tuple[str, ...]
) -> None:
    monkeypatch.setenv("IMAGE_SOURCES", written)
    assert Settings.from_environment().image_sources == sources


@pytest.mark.parametrize("written", ["http:", "*", "https://a.example; script-src *", "https://a.example/path"])
def test_pictures_come_by_https_alone(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("IMAGE_SOURCES", written)
    with pytest.raises(StackError, match="IMAGE_SOURCES"):
        Settings.from_environment()

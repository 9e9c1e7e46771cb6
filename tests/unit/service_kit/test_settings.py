import pytest

from service_kit.process.settings import ServiceSettings, SettingsError

URL = "postgresql://user:hunter2@db/users"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_only_the_database_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)

    settings = ServiceSettings.load()

    assert (settings.bind, settings.database_pool_size, settings.migrate) == ("127.0.0.1", 10, "on-start")
    assert settings.database_url.get_secret_value() == URL


def test_every_fault_is_named_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://user:hunter2@db")
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("GRACE_SECONDS", "-1")
    monkeypatch.setenv("SIDECAR_ADMIN", "127.0.0.1")

    with pytest.raises(SettingsError) as raised:
        ServiceSettings.load()

    lines = str(raised.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["PORT", "DATABASE_URL", "GRACE_SECONDS", "SIDECAR_ADMIN"]
    assert "hunter2" not in str(raised.value)


def test_a_variable_that_is_set_to_nothing_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("PORT", "")

    assert ServiceSettings.load().port == 50051


def test_secrets_are_masked_when_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)

    shown = ServiceSettings.load().shown()

    assert shown["PORT"] == "50051"
    assert "hunter2" not in str(shown)


def test_help_names_every_variable() -> None:
    text = ServiceSettings.help()

    assert len(text.splitlines()) == len(ServiceSettings.model_fields)
    assert "DATABASE_URL" in text

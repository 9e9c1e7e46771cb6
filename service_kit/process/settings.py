"""Settings of a service, from environment variables alone, parsed once."""

from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """The environment is wrong; the text has one line for each fault and shows no secret."""


class ServiceSettings(BaseSettings):
    """What every service reads. A subclass adds its own, and its default ports."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    bind: str = Field("127.0.0.1", description="address of the gRPC listener")
    port: int = Field(50051, ge=0, le=65535, description="native gRPC")
    metrics_bind: str = Field("", description="address of the metrics listener; empty: as BIND")
    metrics_port: int = Field(9464, ge=0, le=65535, description="/metrics, /livez and /readyz")
    database_url: SecretStr = Field(description="PostgreSQL of this service: postgresql://role:password@host/database")
    database_pool_size: int = Field(10, ge=1, le=1000, description="connections to PostgreSQL")
    # A caller hears of a lost database within a second.
    database_timeout_seconds: float = Field(
        0.95, ge=0.1, description="a call waits so long for PostgreSQL, then ends with UNAVAILABLE"
    )
    migrate: Literal["on-start", "off"] = Field(
        "on-start", description="on-start migrates before serving, off waits until another process has"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_format: Literal["auto", "json", "text"] = Field("auto", description="auto is text on a terminal, else JSON")
    max_concurrent_calls: int = Field(200, ge=1, description="unary calls at once; RESOURCE_EXHAUSTED beyond")
    max_concurrent_streams: int = Field(1000, ge=1, description="streaming calls at once; RESOURCE_EXHAUSTED beyond")
    max_request_bytes: int = Field(4_194_304, ge=1024, description="size of a request message")
    drain_seconds: float = Field(0, ge=0, description="after SIGTERM: serve on so long, with health NOT_SERVING")
    grace_seconds: float = Field(10, ge=0, description="then: calls in flight may take so long")
    stream_life_seconds: float = Field(
        300, gt=0, description="a stream ends itself with UNAVAILABLE, up to 20 % earlier"
    )
    sidecar_admin: str = Field(
        "",
        pattern=r"^(https?://.+|unix:/.+)?$",
        description="admin of the Envoy to drain at SIGTERM: http://... or unix:/...",
    )
    otel_exporter_otlp_endpoint: str = Field("", description="OTLP collector (gRPC); empty: no tracing")

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must be a postgresql:// URL")
        return value

    @classmethod
    def load(cls) -> Self:
        """Reads the environment. Raises SettingsError, which names every fault."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError("\n".join(_line(fault) for fault in error.errors(include_input=False))) from None

    def shown(self) -> dict[str, str]:
        """The settings by variable, secrets masked."""
        return {name.upper(): str(value) for name, value in self}

    @classmethod
    def help(cls) -> str:
        """One line for each variable: name, default, meaning."""
        rows = []
        for name, field in cls.model_fields.items():
            default = "required" if field.is_required() else str(field.default) or "empty"
            rows.append((name.upper(), default, field.description or ""))
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(f"  {name:{widths[0]}}  {default:{widths[1]}}  {meaning}" for name, default, meaning in rows)


def _line(fault: ErrorDetails) -> str:
    variable = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
    return f"{variable}: {fault['msg'].removeprefix('Value error, ')}"

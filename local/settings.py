"""The settings of a stack on one machine, from environment variables alone."""

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from local.errors import StackError

# As the Content-Security-Policy has it: https://www.w3.org/TR/CSP3/#framework-directive-source-list
_IMAGE_SOURCE = re.compile(r"https:(//(\*\.)?[\w.-]+(:\d+)?)?")

Port = Annotated[int, Field(ge=1, le=65535)]


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError(f"must be an IP address, not {value!r}") from None


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    origins = [origin.strip() for origin in value.split(",") if origin.strip()]
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"{origin!r} is no origin such as https://notes.example")
    return origins


def _image_sources(value: object) -> object:
    if not isinstance(value, str):
        return value
    sources = [source.strip() for source in value.split(",") if source.strip() not in {"", "none"}]
    for source in sources:
        if not _IMAGE_SOURCE.fullmatch(source):
            raise ValueError(f"{source!r} is neither https: nor a host such as https://pictures.example")
    return sources


def _postgres_url(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in {"postgres", "postgresql"}:
        raise ValueError("must begin with postgresql://")
    return value


class Settings(BaseSettings):
    """What can be chosen about a stack; each field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    bind: Annotated[str, AfterValidator(_address)] = Field(
        default="127.0.0.1", description="address of everything that people dial"
    )
    bridge_port: Port = Field(default=8080, description="front door: the app and every call, one origin")
    user_port: Port = Field(default=50051, description="user_svc, native gRPC")
    note_port: Port = Field(default=50052, description="note_svc, native gRPC")
    web_port: Port = Field(
        default=3000, description="static web server, which sends browsers to the front door (Vite in make dev)"
    )
    user_metrics_port: Port = Field(default=9464, description="/metrics, /livez and /readyz of user_svc")
    note_metrics_port: Port = Field(default=9465, description="the same of note_svc")
    data_dir: Path = Field(default=Path(".run"), description="PostgreSQL's data and the logs; one stack each")
    database_url: Annotated[SecretStr, AfterValidator(_postgres_url)] | None = Field(
        default=None, description="a PostgreSQL server to use instead of the embedded one, as an administrator"
    )

    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default=(), description="other origins that browsers may call from, with commas between"
    )

    image_sources: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_image_sources)] = Field(
        default=("https:",),
        description="where pictures in notes may come from, with commas between: https: is anywhere, none is nowhere",
    )

    @property
    def host(self) -> str:
        """Where this machine finds what listens on BIND."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104

    @property
    def ports(self) -> dict[str, int]:
        """Every port that people dial, by the name of its variable."""
        return {name.upper(): value for name, value in self if name.endswith("_port")}

    @model_validator(mode="after")
    def _ports_differ(self) -> "Settings":
        for port, times in Counter(self.ports.values()).items():
            if times > 1:
                names = " and ".join(name for name, value in self.ports.items() if value == port)
                raise ValueError(f"{names} are both {port}")
        return self

    @classmethod
    def from_environment(cls) -> "Settings":
        """Reads the environment. StackError names every fault at once."""
        try:
            return cls()
        except ValidationError as error:
            raise StackError("wrong settings: " + "; ".join(_faults(error))) from None


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in fault["loc"]).upper()
        text = fault["msg"].removeprefix("Value error, ")
        yield f"{name}: {text}" if name else text

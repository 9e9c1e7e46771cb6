"""What the composition root of every service begins with."""

from contextlib import AsyncExitStack
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

from prometheus_client import CollectorRegistry

from service_kit.postgres.database import Database, database_at
from service_kit.postgres.metrics import register_database
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.metrics import new_registry
from service_kit.process.settings import ServiceSettings
from service_kit.process.tracing import Tracing, tracing

Settings = TypeVar("Settings", bound=ServiceSettings)


class Composition(Generic[Settings]):
    """The objects of a service: each is built when it is first asked for, and `stack` ends what has to end.

    An attribute that is set before that stands for what would be built, as a test does with a database of its own.
    """

    package: ClassVar[str]

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack

    async def prepare(self) -> None:
        """Returns when the schema is there, by migrating if the settings say so, and connections are open."""
        url = self._settings.database_url.get_secret_value()
        await prepare_schema_of(self.package, url, apply=self._settings.migrate == "on-start")
        await self.database.warm()

    @cached_property
    def registry(self) -> CollectorRegistry:
        return new_registry()

    @cached_property
    def traces(self) -> Tracing:
        return self._stack.enter_context(tracing(self.package, self._settings.otel_exporter_otlp_endpoint))

    @cached_property
    def database(self) -> Database:
        url = self._settings.database_url.get_secret_value()
        size, budget = self._settings.database_pool_size, self._settings.database_timeout_seconds
        database = database_at(url, self.package, size=size, budget=budget)
        self._stack.push_async_callback(database.close)
        register_database(self.registry, database)
        return database

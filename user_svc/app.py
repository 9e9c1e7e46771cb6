"""The composition root of user_svc: the only place that builds its objects."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

from notewire_proto import user_pb2
from service_kit.postgres.database import database_at
from service_kit.postgres.listening import Listening
from service_kit.postgres.metrics import register_database
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.metrics import new_registry, register_gauge
from service_kit.process.tracing import tracing
from service_kit.rpc.server import Server
from user_svc.actions.directory import DirectoryActions
from user_svc.actions.users import UserActions
from user_svc.api.user_directory import UserDirectoryApi
from user_svc.api.user_service import UserServiceApi
from user_svc.settings import UserSettings
from user_svc.store.feed import UserFeed
from user_svc.store.users import UserStore

NAME = "user_svc"
SERVICES = user_pb2.DESCRIPTOR.services_by_name


async def migrate(settings: UserSettings) -> None:
    """Brings the database to the schema of this release."""
    await prepare_schema_of(NAME, settings.database_url.get_secret_value(), apply=True)


async def serve(settings: UserSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises StartError when a port cannot be had."""
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        budget = settings.database_timeout_seconds
        database = database_at(url, NAME, size=settings.database_pool_size, budget=budget)
        stack.push_async_callback(database.close)
        feed = UserFeed(database)
        listening = Listening(database, {feed.channel: feed.heard})
        registry = new_registry()
        register_database(registry, database)
        register_gauge(
            registry, "user_feed_listening", "1 while changes are heard of at once.", lambda: listening.listening
        )
        traces = stack.enter_context(tracing(NAME, settings.otel_exporter_otlp_endpoint))

        users = UserActions(UserStore(database, feed.wrote), lambda: datetime.now(UTC))
        server = Server(settings, registry, traces.server_interceptors)
        server.add(SERVICES["UserService"], UserServiceApi(users))
        server.add(SERVICES["UserDirectory"], UserDirectoryApi(DirectoryActions(feed)))

        async def prepare() -> None:
            await prepare_schema_of(NAME, url, apply=settings.migrate == "on-start")
            await database.warm()

        await server.run(prepare, {"listening": listening.run, "user feed": feed.run})

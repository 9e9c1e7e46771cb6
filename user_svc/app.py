"""The composition root of user_svc: the only place that builds its objects."""

from datetime import UTC, datetime

from notewire_proto import user_pb2_grpc
from service_kit.postgres.database import database_at
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.tracing import tracing
from service_kit.rpc.metrics import new_registry, register_database, register_gauge
from service_kit.rpc.server import Server
from user_svc.api.user_directory import UserDirectoryApi
from user_svc.api.user_service import UserServiceApi
from user_svc.settings import UserSettings
from user_svc.store.change_signal import ChangeSignal
from user_svc.store.feed import FeedStore
from user_svc.store.users import UserStore

NAME = "user_svc"


async def serve(settings: UserSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises StartError when a port cannot be had."""
    url = settings.database_url.get_secret_value()
    budget = settings.database_timeout_seconds
    database = database_at(url, NAME, size=settings.database_pool_size, budget=budget)
    signal = ChangeSignal(database)
    registry = new_registry()
    register_database(registry, database)
    register_gauge(registry, "user_feed_listening", "1 while changes are heard of at once.", lambda: signal.listening)

    async def prepare() -> None:
        await prepare_schema_of(NAME, url, apply=settings.migrate == "on-start")
        await database.warm()

    with tracing(NAME, settings.otel_exporter_otlp_endpoint) as traces:
        server = Server(settings, registry, traces.server_interceptors)
        server.add(
            user_pb2_grpc.add_UserServiceServicer_to_server,
            UserServiceApi(UserStore(database), lambda: datetime.now(UTC)),
        )
        server.add(user_pb2_grpc.add_UserDirectoryServicer_to_server, UserDirectoryApi(FeedStore(database), signal))
        try:
            await server.run(prepare, [signal.run])
        finally:
            await database.close()

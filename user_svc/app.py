"""The composition root of user_svc: the only place that builds its objects."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import cached_property

from notewire_proto import user_pb2
from service_kit.composition import Composition
from service_kit.postgres.listening import Listening
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.metrics import register_gauge
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
        await App(settings, stack).serve()


class App(Composition[UserSettings]):
    """The objects of user_svc."""

    package = NAME

    async def serve(self) -> None:
        """As the function `serve`."""
        server = Server(self._settings, self.registry, self.traces.server_interceptors)
        server.add(SERVICES["UserService"], UserServiceApi(self.user_actions))
        server.add(SERVICES["UserDirectory"], UserDirectoryApi(self.directory_actions))
        await server.run(self.prepare, {"listening": self.listening.run, "user feed": self.feed.run})

    @cached_property
    def feed(self) -> UserFeed:
        return UserFeed(self.database)

    @cached_property
    def listening(self) -> Listening:
        listening = Listening(self.database, {self.feed.channel: self.feed.heard})
        register_gauge(
            self.registry, "user_feed_listening", "1 while changes are heard of at once.", lambda: listening.listening
        )
        return listening

    @cached_property
    def users(self) -> UserStore:
        return UserStore(self.database, self.feed.wrote)

    @cached_property
    def user_actions(self) -> UserActions:
        return UserActions(self.users, lambda: datetime.now(UTC))

    @cached_property
    def directory_actions(self) -> DirectoryActions:
        return DirectoryActions(self.feed)

"""The composition root of note_svc: the only place that builds its objects."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cached_property, partial
from time import monotonic
from typing import TYPE_CHECKING

from prometheus_client import Histogram

from note_svc.actions.lists import ListActions
from note_svc.actions.notes import NoteActions
from note_svc.actions.purge import purge_for_ever
from note_svc.actions.sharing import SharingActions
from note_svc.api.messages import EncodedNote, NoteMessages, encode_note
from note_svc.api.note_service import NoteServiceApi
from note_svc.people.cache import UserCache
from note_svc.people.channel import directory_channel
from note_svc.people.feed import UserFeed
from note_svc.people.lookup import UserLookup
from note_svc.people.removals import Removals
from note_svc.settings import NoteSettings
from note_svc.store.creates import CreateStore
from note_svc.store.deleted_users import DeletedUserStore
from note_svc.store.edits import EditStore
from note_svc.store.lists import ListStore
from note_svc.store.note_cache import NoteCache
from note_svc.store.notes import NoteStore
from note_svc.store.shares import ShareStore
from notewire_proto import note_pb2, user_pb2_grpc
from service_kit.composition import Composition
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.metrics import register_gauge
from service_kit.rpc.server import Server

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserDirectoryAsyncStub

NAME = "note_svc"
SERVICES = note_pb2.DESCRIPTOR.services_by_name
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)


async def migrate(settings: NoteSettings) -> None:
    """Brings the database to the schema of this release."""
    await prepare_schema_of(NAME, settings.database_url.get_secret_value(), apply=True)


async def serve(settings: NoteSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises StartError when a port cannot be had."""
    async with AsyncExitStack() as stack:
        await App(settings, stack).serve()


class App(Composition[NoteSettings]):
    """The objects of note_svc."""

    package = NAME

    async def serve(self) -> None:
        """As the function `serve`."""
        server = Server(self._settings, self.registry, self.traces.server_interceptors)
        server.add(SERVICES["NoteService"], self.service)
        purge = partial(purge_for_ever, self.notes)
        await server.run(self.prepare, {"user feed": self.feed.run, "removals": self.removals.run, "purge": purge})

    @cached_property
    def notes(self) -> NoteStore:
        return NoteStore(self.database)

    @cached_property
    def creates(self) -> CreateStore:
        return CreateStore(self.database, self._batches.labels("create"))

    @cached_property
    def edits(self) -> EditStore:
        patience = self._settings.database_timeout_seconds
        return EditStore(self.database, self._batches.labels("edit"), patience=patience)

    @cached_property
    def shares(self) -> ShareStore:
        return ShareStore(self.database)

    @cached_property
    def note_cache(self) -> NoteCache[EncodedNote]:
        cache = NoteCache[EncodedNote]()
        register_gauge(self.registry, "note_cache_bytes", "Memory of the note cache.", lambda: cache.bytes)
        return cache

    @cached_property
    def lists(self) -> ListStore[EncodedNote]:
        return ListStore(self.database, encode_note, self.note_cache)

    @cached_property
    def deleted_users(self) -> DeletedUserStore:
        return DeletedUserStore(self.database)

    @cached_property
    def directory(self) -> UserDirectoryAsyncStub:
        channel = directory_channel(self._settings.user_directory_address, self.traces.client_interceptors)
        self._stack.push_async_callback(channel.close)
        return user_pb2_grpc.UserDirectoryStub(channel)

    @cached_property
    def users(self) -> UserCache:
        users = UserCache(monotonic)
        register_gauge(self.registry, "note_user_cache_size", "Users whose names are remembered.", lambda: len(users))
        register_gauge(
            self.registry,
            "note_user_feed_age_seconds",
            "Time since the user feed was known to be complete.",
            lambda: users.age,
        )
        register_gauge(
            self.registry, "note_user_feed_position", "How far the user feed was read.", lambda: users.position
        )
        return users

    @cached_property
    def people(self) -> UserLookup:
        return UserLookup(self.directory.BatchGetUsers, self.users)

    @cached_property
    def removals(self) -> Removals:
        removals = Removals(self.deleted_users)
        register_gauge(
            self.registry,
            "note_deleted_users_waiting",
            "Deleted users whose notes are still to be removed.",
            lambda: removals.waiting,
        )
        return removals

    @cached_property
    def feed(self) -> UserFeed:
        feed = UserFeed(self.directory, self.users, self.deleted_users, self.removals)
        register_gauge(
            self.registry, "note_user_feed_connected", "1 while the user feed flows.", lambda: feed.connected
        )
        return feed

    @cached_property
    def note_actions(self) -> NoteActions:
        return NoteActions(self.notes, self.creates, self.edits, self.people)

    @cached_property
    def list_actions(self) -> ListActions[EncodedNote]:
        return ListActions(self.lists, self.people)

    @cached_property
    def sharing_actions(self) -> SharingActions:
        return SharingActions(self.shares, self.people)

    @cached_property
    def service(self) -> NoteServiceApi:
        return NoteServiceApi(self.note_actions, self.list_actions, self.sharing_actions, NoteMessages())

    @cached_property
    def _batches(self) -> Histogram:
        return Histogram(
            "note_write_batch_size",
            "Writes in one statement.",
            ["write"],
            registry=self.registry,
            buckets=_BATCH_BUCKETS,
        )

"""The composition root of note_svc: the only place that builds its objects."""

from contextlib import AsyncExitStack
from functools import partial
from time import monotonic

from prometheus_client import CollectorRegistry, Histogram

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
from service_kit.postgres.database import database_at
from service_kit.postgres.metrics import register_database
from service_kit.postgres.migrations import prepare_schema_of
from service_kit.process.metrics import new_registry, register_gauge
from service_kit.process.tracing import tracing
from service_kit.rpc.server import Server

NAME = "note_svc"
SERVICES = note_pb2.DESCRIPTOR.services_by_name
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)


async def migrate(settings: NoteSettings) -> None:
    """Brings the database to the schema of this release."""
    await prepare_schema_of(NAME, settings.database_url.get_secret_value(), apply=True)


async def serve(settings: NoteSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises StartError when a port cannot be had."""
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        budget = settings.database_timeout_seconds
        database = database_at(url, NAME, size=settings.database_pool_size, budget=budget)
        stack.push_async_callback(database.close)
        registry = new_registry()
        register_database(registry, database)
        batches = Histogram(
            "note_write_batch_size", "Writes in one statement.", ["write"], registry=registry, buckets=_BATCH_BUCKETS
        )
        notes = NoteStore(database)
        note_cache = NoteCache[EncodedNote]()
        register_gauge(registry, "note_cache_bytes", "Memory of the note cache.", lambda: note_cache.bytes)

        traces = stack.enter_context(tracing(NAME, settings.otel_exporter_otlp_endpoint))
        channel = directory_channel(settings.user_directory_address, traces.client_interceptors)
        stack.push_async_callback(channel.close)
        directory = user_pb2_grpc.UserDirectoryStub(channel)
        cache = UserCache(monotonic)
        deleted_users = DeletedUserStore(database)
        removals = Removals(deleted_users)
        feed = UserFeed(directory, cache, deleted_users, removals)
        _register_feed(registry, cache, feed, removals)
        people = UserLookup(directory.BatchGetUsers, cache)

        creates = CreateStore(database, batches.labels("create"))
        edits = EditStore(database, batches.labels("edit"), patience=budget)
        service = NoteServiceApi(
            NoteActions(notes, creates, edits, people),
            ListActions(ListStore(database, encode_note, note_cache), people),
            SharingActions(ShareStore(database), people),
            NoteMessages(),
        )
        server = Server(settings, registry, traces.server_interceptors)
        server.add(SERVICES["NoteService"], service)

        async def prepare() -> None:
            await prepare_schema_of(NAME, url, apply=settings.migrate == "on-start")
            await database.warm()

        await server.run(
            prepare, {"user feed": feed.run, "removals": removals.run, "purge": partial(purge_for_ever, notes)}
        )


def _register_feed(registry: CollectorRegistry, cache: UserCache, feed: UserFeed, removals: Removals) -> None:
    register_gauge(registry, "note_user_cache_size", "Users whose names are remembered.", lambda: len(cache))
    register_gauge(
        registry, "note_user_feed_age_seconds", "Time since the user feed was known to be complete.", lambda: cache.age
    )
    register_gauge(registry, "note_user_feed_position", "How far the user feed was read.", lambda: cache.position)
    register_gauge(registry, "note_user_feed_connected", "1 while the user feed flows.", lambda: feed.connected)
    register_gauge(
        registry,
        "note_deleted_users_waiting",
        "Deleted users whose notes are still to be removed.",
        lambda: removals.waiting,
    )

"""What the tests of the store say about notes."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from uuid import UUID

from note_svc.app import App
from note_svc.domain.change import Edit, NewNote
from note_svc.domain.content import Content
from note_svc.domain.feed_position import FeedPosition
from note_svc.domain.listing import NEWEST_FIRST, Listing, NotePage, Order, Place, Scope, Start
from note_svc.domain.note import Note, NoteNotFound
from note_svc.domain.title import Title
from note_svc.store.lists import ListStore
from note_svc.store.note_cache import NoteCache
from service_kit.ids import new_id
from service_kit.postgres.connection import Connection
from service_kit.postgres.database import Database
from tests.load.list_plans import as_it_is
from tests.serving import note_settings

# Shares a note as the store does, with everybody at once.
SHARE_WITH_ALL = """
WITH note AS (UPDATE notes SET version = version + 1, ever_shared = true WHERE id = $1 RETURNING *)
INSERT INTO shares (note_id, user_id, since, created_at, updated_at, title_key, deleted_at)
SELECT note.id, reader.id, clock_timestamp() + reader.place * interval '1 microsecond',
    note.created_at, note.updated_at, note.title_key, note.deleted_at
FROM note CROSS JOIN unnest($2::uuid[]) WITH ORDINALITY AS reader (id, place)"""


def new_note(user_id: UUID, title: str = "", content: str = "", *, digest: bytes = b"") -> NewNote:
    return NewNote(new_id(), user_id, Title.of(title), Content.of(content), digest)


def at(position: int, cursor: str = "", generation: int = 0) -> FeedPosition:
    """A position of the feed of users."""
    return FeedPosition(position, cursor, generation, begun_anew=False)


def edit(note_id: UUID, *, title: str | None = None, content: str | None = None, expected: int = 0) -> Edit:
    return Edit(
        note_id,
        None if title is None else Title.of(title),
        None if content is None else Content.of(content),
        expected,
    )


class World:
    """The stores on one database."""

    def __init__(self, database: Database) -> None:
        app = App(note_settings("postgresql:///", "127.0.0.1:1", database_timeout_seconds=30), AsyncExitStack())
        app.database = database
        self.notes = app.notes
        self.creates = app.creates
        self.edits = app.edits
        self.shares = app.shares
        self.deleted_users = app.deleted_users
        self.lists = ListStore(database, as_it_is, NoteCache())

    async def create(self, note: NewNote) -> Note:
        return await self.creates.create(note)

    async def create_together(self, *notes: NewNote) -> list[Note | BaseException]:
        """Calls at the same time, which share a statement."""
        return await asyncio.gather(*map(self.create, notes), return_exceptions=True)

    async def note(self, user_id: UUID, title: str = "", content: str = "") -> Note:
        return await self.create(new_note(user_id, title, content))

    async def in_sight(self, notes: Iterable[Note]) -> list[Note]:
        """Those of the notes that are not deleted, as they are now."""
        found = []
        for note in notes:
            with suppress(NoteNotFound):
                found.append(await self.notes.get(note.id))
        return found

    async def edit(self, change: Edit) -> Note:
        return await self.edits.edit(change)

    async def share(self, note_id: UUID, *user_ids: UUID) -> Note:
        shared = None
        for user_id in user_ids:
            shared = await self.shares.share(note_id, user_id)
        assert isinstance(shared, Note)
        return shared

    async def page(
        self,
        user_id: UUID | None = None,
        scope: Scope = Scope.OWNED,
        *,
        order: Order = NEWEST_FIRST,
        size: int = 20,
        after: Place | None = None,
        offset: int = 0,
        with_content: bool = True,
    ) -> NotePage[Note]:
        scope = Scope.EVERYBODY if user_id is None else scope
        return await self.lists.page(Listing(scope, user_id, order, Start(after, offset), size, with_content))


async def until_blocked(session: Connection, waiting: int = 1) -> None:
    """Returns when so many connections to the server wait for a lock."""
    # Not pg_stat_activity, which stays the same for the length of a transaction.
    count = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(5):
        while await session.fetchval(count) < waiting:
            await asyncio.sleep(0.005)

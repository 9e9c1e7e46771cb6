"""Pages of notes: a statement tells which notes a page holds, and those are read that are not remembered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from asyncpg import Record

from note_svc.domain.listing import LISTED_SHARES, PAGE_CONTENT_BYTES, Listing, NotePage, Place
from note_svc.domain.note import Note
from note_svc.store.list_statement import Shape, list_statement
from note_svc.store.note_cache import NoteCache, NoteState
from note_svc.store.rows import READ_SHARES, note_columns, note_of, share_columns
from service_kit.batching.reads import SharedReads
from service_kit.postgres.database import Database

Encoded = TypeVar("Encoded")

# How many pages are read together at most: the longest lists are counted for some milliseconds each.
_TOGETHER = 8
# How deep a page may begin that is read together with others: to walk further takes a time of its own.
_SHALLOW_ROWS = 1_000

_CONTENT = "CASE WHEN notes.id = ANY ($2::uuid[]) THEN notes.content END"
_READ = f"""
SELECT notes.xmin AS xid, notes.content_bytes, {note_columns(content=_CONTENT)}, {share_columns(LISTED_SHARES)}
FROM notes {READ_SHARES} WHERE notes.id = ANY ($1::uuid[]) AND notes.deleted_at IS NULL"""
# What an encoded note takes at most besides the content, for the note itself and for each share.
_NOTE_BYTES = 2_048
_SHARE_BYTES = 256


class _Outline(NamedTuple):
    """The notes of a page by their states, where it goes on, and a count that stops past 10,000."""

    states: Sequence[NoteState]
    next_after: Place | None
    counted: int


class ListStore(Generic[Encoded]):
    """Reads pages of notes that are not deleted, as `encode` makes them of notes and `cache` remembers them."""

    def __init__(self, database: Database, encode: Callable[[Note], Encoded], cache: NoteCache[Encoded]) -> None:
        self._database = database
        self._encode = encode
        self._cache = cache
        self._together: dict[Shape, SharedReads[Listing, _Outline]] = {}

    async def page(self, listing: Listing) -> NotePage[Encoded]:
        """The page; a lost database is UNAVAILABLE. Calls at the same time share a statement.

        A note that changes while the page is read may be shown as it is then, and one that is deleted left out.
        """
        states, next_after, counted = await self._outline(listing)
        notes = list(map(self._cache.get, states))
        if None in notes:
            read = await self._read_notes([state for state, note in zip(states, notes, strict=True) if note is None])
            notes = [read.get(state.id) if note is None else note for state, note in zip(states, notes, strict=True)]
        return NotePage([note for note in notes if note is not None], next_after, counted)

    async def _outline(self, listing: Listing) -> _Outline:
        shape = Shape.of(listing)
        if (listing.start.offset or 0) > _SHALLOW_ROWS:
            return (await self._read_outlines(shape, [listing]))[listing]
        reads = self._together.get(shape)
        if reads is None:
            reads = self._together[shape] = SharedReads(partial(self._read_outlines, shape), _TOGETHER)
        outline = await reads.get(listing)
        assert outline is not None
        return outline

    async def _read_outlines(self, shape: Shape, listings: Sequence[Listing]) -> Mapping[Listing, _Outline]:
        pages: list[list[Record]] = [[] for _ in listings]
        for row in await self._database.fetch(*list_statement(shape, listings)):
            pages[row["nth"] - 1].append(row)
        return dict(zip(listings, map(_outline, listings, pages), strict=True))

    async def _read_notes(self, states: Sequence[NoteState]) -> Mapping[UUID, Encoded]:
        """The notes as they are now, encoded, by id."""
        rows = await self._database.fetch(
            _READ, [state.id for state in states], [state.id for state in states if state.with_content]
        )
        return dict(map(self._remember, rows))

    def _remember(self, row: Record) -> tuple[UUID, Encoded]:
        note = note_of(row)
        encoded = self._encode(note)
        state = NoteState(note.id, row["xid"], note.updated_at, note.content is not None)
        content_bytes = row["content_bytes"] if state.with_content else 0
        self._cache.keep(state, encoded, _NOTE_BYTES + content_bytes + _SHARE_BYTES * len(note.shares))
        return note.id, encoded


def _outline(listing: Listing, rows: Sequence[Record]) -> _Outline:
    counted: int = rows[0]["total"]
    if rows[0]["id"] is None:
        return _Outline([], None, counted)
    shown = rows[: listing.size]
    next_after = Place(shown[-1]["key"], shown[-1]["id"]) if len(rows) > listing.size else None
    return _Outline(list(_states(shown, with_content=listing.with_content)), next_after, counted)


def _states(rows: Sequence[Record], *, with_content: bool) -> Iterator[NoteState]:
    """The notes of a page, with as many contents as it may carry."""
    budget = PAGE_CONTENT_BYTES
    for row in rows:
        content_bytes = row["content_bytes"]
        budget -= content_bytes
        yield NoteState(row["id"], row["xid"], row["updated_at"], with_content and (budget >= 0 or content_bytes == 0))

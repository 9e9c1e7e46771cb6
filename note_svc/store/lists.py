"""Pages of notes: one statement gives the rows, whom they are shared with, and the count.

A page is found in an index that is ordered as the list is (keyset paging), so it costs the same at any length; only a
page number has to walk over what comes before. A person's own notes and those shared with them come from two such
indexes, and no note is in both.
"""

from collections.abc import Iterator
from functools import cache

from note_svc.domain.listing import PAGE_CONTENT_BYTES, Listing, Order, Page, Place, Scope, SortKey
from note_svc.store.rows import note_columns, note_of
from service_kit.page import TOTAL_LIMIT
from service_kit.postgres import Database

_COLUMN = {SortKey.CREATED_AT: "created_at", SortKey.UPDATED_AT: "updated_at", SortKey.TITLE: "title_key"}
_TYPE = {SortKey.CREATED_AT: "timestamptz", SortKey.UPDATED_AT: "timestamptz", SortKey.TITLE: "text"}
# Table, name of its column with the note's id, and what confines it to the person $1.
_EVERYBODY = ("notes", "id", "")
_OWNED = ("notes", "id", "AND user_id = $1")
_SHARED = ("shared_notes", "note_id", "AND user_id = $1")
_SOURCES = {
    Scope.EVERYBODY: (_EVERYBODY,),
    Scope.OWNED: (_OWNED,),
    Scope.SHARED: (_SHARED,),
    Scope.ALL: (_OWNED, _SHARED),
}

# The window sums the contents in the order of the page; a content past the budget is not read from its place.
_LIST = """
WITH place AS MATERIALIZED (
    SELECT id, key FROM ({sources}) AS s
    ORDER BY key {direction}, id {direction}
    LIMIT {limit} OFFSET {offset}
),
counted AS MATERIALIZED (
    SELECT count(*) AS total FROM ({counts} LIMIT {total_limit} + 1) AS c
)
SELECT counted.total, place.key, {columns}
FROM counted LEFT JOIN (place JOIN notes ON notes.id = place.id) ON true
WINDOW page AS (ORDER BY place.key {direction}, place.id {direction})
ORDER BY place.key {direction}, place.id {direction}"""

_SOURCE = """(
    SELECT {id} AS id, {column} AS key FROM {table}
    WHERE deleted_at IS NULL {person} {after}
    ORDER BY {column} {direction}, {id} {direction}
    LIMIT {limit} + {offset}
)"""
_COUNT = "SELECT FROM {table} WHERE deleted_at IS NULL {person}"
_BUDGETED_CONTENT = """CASE
    WHEN sum(notes.content_bytes) OVER page <= {budget} OR notes.content_bytes = 0
    THEN notes.content END"""


class ListStore:
    """Reads pages of notes that are not deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, listing: Listing) -> Page:
        """The page; a lost database is UNAVAILABLE."""
        rows = await self._database.fetch(*list_statement(listing))
        counted: int = rows[0]["total"]
        if rows[0]["id"] is None:
            return Page([], None, counted)
        shown = rows[: listing.size]
        more = len(rows) > listing.size
        return Page(
            [note_of(row) for row in shown], Place(shown[-1]["key"], shown[-1]["id"]) if more else None, counted
        )


def list_statement(listing: Listing) -> tuple[str, *tuple[object, ...]]:
    """The statement for a page, and its arguments."""
    from_place = listing.start.after is not None
    return _statement(listing.scope, listing.order, from_place, listing.with_content), *_arguments(listing)


def _arguments(listing: Listing) -> Iterator[object]:
    if listing.scope is not Scope.EVERYBODY:
        yield listing.user_id
    after, offset = listing.start
    # One row more than the page shows whether there are any; none at all for a page beyond every row.
    yield 0 if offset is None else listing.size + 1
    if after is None:
        yield offset or 0
    else:
        yield after.key
        yield after.id


@cache
def _statement(scope: Scope, order: Order, from_place: bool, with_content: bool) -> str:
    """The statement of a kind of list. Its parameters, as far as they apply: person, rows, offset or key and id."""
    first = 1 if scope is Scope.EVERYBODY else 2
    column = _COLUMN[order.key]
    after, offset = "", f"${first + 1}::bigint"
    if from_place:
        place = f"(${first + 1}::{_TYPE[order.key]}, ${first + 2}::uuid)"
        after, offset = f"AND ({column}, {{id}}) {'<' if order.descending else '>'} {place}", "0"
    parts = {
        "column": column,
        "direction": "DESC" if order.descending else "ASC",
        "limit": f"${first}::bigint",
        "offset": offset,
    }
    sources = [
        _SOURCE.format(table=table, id=id_column, person=person, after=after.format(id=id_column), **parts)
        for table, id_column, person in _SOURCES[scope]
    ]
    counts = [_COUNT.format(table=table, person=person) for table, _, person in _SOURCES[scope]]
    content = _BUDGETED_CONTENT.format(budget=PAGE_CONTENT_BYTES) if with_content else "NULL::text"
    return _LIST.format(
        sources=" UNION ALL ".join(sources),
        counts=" UNION ALL ".join(counts),
        total_limit=TOTAL_LIMIT,
        columns=note_columns(content=content),
        **parts,
    )

"""The statement that finds the notes of pages: which they are, in which state, and how many there are in all.

A page is found in an index that is ordered as the list is (keyset paging), so it costs the same at any length; only a
page number has to walk over what comes before. A person's own notes and those shared with them come from two such
indexes, and no note is in both.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

from note_svc.domain.listing import Listing, Order, Scope, SortKey
from note_svc.store.rows import unix_microseconds
from service_kit.page import MAX_SIZE, TOTAL_LIMIT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COLUMN = {SortKey.CREATED_AT: "created_at", SortKey.UPDATED_AT: "updated_at", SortKey.TITLE: "title_key"}
_TYPE = {SortKey.CREATED_AT: "timestamptz", SortKey.UPDATED_AT: "timestamptz", SortKey.TITLE: "text"}
# Table, name of its column with the note's id, and what confines it to the person.
_EVERYBODY = ("notes", "id", "")
_OWNED = ("notes", "id", "AND user_id = wanted.person")
_SHARED = ("shares", "note_id", "AND user_id = wanted.person")
_SOURCES = {
    Scope.EVERYBODY: (_EVERYBODY,),
    Scope.OWNED: (_OWNED,),
    Scope.SHARED: (_SHARED,),
    Scope.ALL: (_OWNED, _SHARED),
}

# The outer limit tells the planner how few rows there are, which it cannot know of the inner one.
_LIST = """
SELECT wanted.nth, counted.total, {key} AS key, page.id, page.xid, {updated_at} AS updated_at, page.content_bytes
FROM unnest({arrays}) WITH ORDINALITY AS wanted ({names}, nth)
CROSS JOIN LATERAL (
    SELECT count(*) AS total FROM ({counts} LIMIT {total_limit} + 1) AS c
) AS counted
LEFT JOIN LATERAL (
    SELECT place.key, place.id, notes.xmin AS xid, notes.updated_at, notes.content_bytes
    FROM (
        SELECT * FROM (
            SELECT id, key FROM ({sources}) AS s
            ORDER BY key {direction}, id {direction}
            LIMIT wanted.rows OFFSET {offset}
        ) AS p LIMIT {max_rows}
    ) AS place JOIN notes ON notes.id = place.id
) AS page ON true
ORDER BY wanted.nth, page.key {direction}, page.id {direction}"""

_SOURCE = """(
    SELECT {id} AS id, {column} AS key FROM {table}
    WHERE deleted_at IS NULL {person} {after}
    ORDER BY {column} {direction}, {id} {direction}
    LIMIT wanted.rows + {offset}
)"""
_COUNT = "SELECT FROM {table} WHERE deleted_at IS NULL {person}"


class Shape(NamedTuple):
    """What listings have in common that one statement serves."""

    scope: Scope
    order: Order
    from_place: bool

    @classmethod
    def of(cls, listing: Listing) -> "Shape":
        return cls(listing.scope, listing.order, listing.start.after is not None)


def list_statement(shape: Shape, listings: Sequence[Listing]) -> tuple[str, *tuple[object, ...]]:
    """The statement for the places of pages of a shape, and its arguments."""
    return _STATEMENTS[shape], *_arguments(shape, listings)


def _arguments(shape: Shape, listings: Sequence[Listing]) -> Iterator[Sequence[object]]:
    # One row more than the page shows whether there are any; none at all for a page beyond every row.
    yield [0 if listing.start.offset is None else listing.size + 1 for listing in listings]
    if shape.scope is not Scope.EVERYBODY:
        yield [listing.user_id for listing in listings]
    if shape.from_place:
        places = [listing.start.after for listing in listings if listing.start.after is not None]
        yield [place.key if isinstance(place.key, str) else _EPOCH + place.key * _MICROSECOND for place in places]
        yield [place.id for place in places]
    else:
        yield [listing.start.offset or 0 for listing in listings]


def _statement(shape: Shape) -> str:
    scope, order, from_place = shape
    column = _COLUMN[order.key]
    parameters = {"rows": "bigint"}
    if scope is not Scope.EVERYBODY:
        parameters["person"] = "uuid"
    if from_place:
        parameters |= {"after_key": _TYPE[order.key], "after_id": "uuid"}
        comparison = "<" if order.descending else ">"
        after, offset = f"AND ({column}, {{id}}) {comparison} (wanted.after_key, wanted.after_id)", "0"
    else:
        parameters["skipped"] = "bigint"
        after, offset = "", "wanted.skipped"
    parts = {"column": column, "direction": "DESC" if order.descending else "ASC", "offset": offset}
    sources = [
        _SOURCE.format(table=table, id=id_column, person=person, after=after.format(id=id_column), **parts)
        for table, id_column, person in _SOURCES[scope]
    ]
    counts = [_COUNT.format(table=table, person=person) for table, _, person in _SOURCES[scope]]
    return _LIST.format(
        names=", ".join(parameters),
        arrays=", ".join(f"${number}::{kind}[]" for number, kind in enumerate(parameters.values(), 1)),
        sources=" UNION ALL ".join(sources),
        counts=" UNION ALL ".join(counts),
        total_limit=TOTAL_LIMIT,
        max_rows=MAX_SIZE + 1,
        key="page.key" if order.key is SortKey.TITLE else unix_microseconds("page.key"),
        updated_at=unix_microseconds("page.updated_at"),
        **parts,
    )


_SHAPES = (
    Shape(scope, Order(key, descending), from_place)
    for scope, key, descending, from_place in product(Scope, SortKey, (False, True), (False, True))
)
_STATEMENTS = {shape: _statement(shape) for shape in _SHAPES}

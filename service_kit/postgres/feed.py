"""A feed in PostgreSQL: gives changes their positions, and reads them once a process for any number of followers.

Whoever changes something adds a row to `<name>_outbox` in the same statement, and waits for nobody. Positions come
after the commit: one statement at a time, under the lock of the one row of `<name>_feed`, takes what is in the outbox
in the order in which it was put there, and gives it the next positions. So positions follow the order of commits, no
gap fills up later, and a transaction that stays open holds nobody back. The process that wrote gives the positions
itself, some milliseconds after the commit; what it leaves, because it died, another one finds at its next look.

A database has for a feed the tables `<name>_outbox (id, ...)`, `<name>_feed (position)` with one row, and
`<name>_feed_marks (position, mark)` with a random mark for each position that was the newest.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Generic, NamedTuple, TypeVar

from asyncpg import Record

from service_kit.feed import Cursor, ForeignCursor, Step
from service_kit.postgres.database import Database

BATCH = 500
# Followers count on a step twice a second.
LOOK_SECONDS = 0.4
# Writes that come within this time are given positions together.
_GATHER_SECONDS = 0.003
# Who has heard nothing for so long looks for themselves.
_LATE_SECONDS = 1.0
# Steps that wait for a follower; who falls further behind reads again from where they are.
_WAITING_STEPS = 64
_PLACED = 1_000

Row = TypeVar("Row")

# What is in the outbox gets the next positions; `{record}` keeps it. An empty outbox asks for no lock.
_PLACE = """
WITH head AS MATERIALIZED (
    SELECT position FROM {name}_feed WHERE (SELECT min(id) FROM {name}_outbox) IS NOT NULL FOR UPDATE
), taken AS (
    DELETE FROM {name}_outbox
    WHERE id = ANY (ARRAY(SELECT id FROM head, {name}_outbox ORDER BY id LIMIT {limit}))
    RETURNING *
), placed AS (
    SELECT head.position + row_number() OVER (ORDER BY taken.id) AS position, taken.* FROM head, taken
), recorded AS (
    {record}
), moved AS (
    UPDATE {name}_feed SET position = newest.position
    FROM (SELECT max(position) AS position FROM placed) AS newest WHERE newest.position IS NOT NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM placed) AS placed, pg_notify('{name}_feed', $1) FROM moved"""

# All of it in one snapshot: the marks, where the step ends, and the changes up to there.
_READ = """
WITH change AS MATERIALIZED (
    {select}
), ending AS (
    SELECT CASE WHEN count(*) < {limit} THEN (SELECT position FROM {name}_feed) ELSE max(position) END AS position,
        count(*) < {limit} AS complete
    FROM change
)
SELECT ending.position AS ending, ending.complete, last.mark AS ending_mark, first.mark AS start_mark, change.*
FROM ending
CROSS JOIN LATERAL (
    SELECT mark FROM {name}_feed_marks WHERE position >= ending.position ORDER BY position LIMIT 1
) AS last
LEFT JOIN LATERAL (
    SELECT mark FROM {name}_feed_marks WHERE position >= $1 ORDER BY position LIMIT 1
) AS first ON true
LEFT JOIN change ON true
ORDER BY change.position"""

_CURSOR = """
SELECT start.position, first.mark
FROM (SELECT coalesce($1, (SELECT position FROM {name}_feed)) AS position) AS start
CROSS JOIN LATERAL (
    SELECT mark FROM {name}_feed_marks WHERE position >= start.position ORDER BY position LIMIT 1
) AS first"""


class FeedShape(NamedTuple, Generic[Row]):
    """What a feed is about.

    `record` is the part of a statement that keeps the rows of `placed`, which are those of the outbox and their
    `position`. `select` gives the rows after position $1 in order, at most BATCH, each with its `position`. `row` makes
    a change of such a row; None leaves it out.
    """

    name: str
    record: str
    select: str
    row: Callable[[Record], Row | None]


class Feed(Generic[Row]):
    """The feed of a database. Its methods raise Unavailable when that does not answer."""

    def __init__(self, database: Database, shape: FeedShape[Row]) -> None:
        self._database = database
        self._row = shape.row
        self._place_statement = _PLACE.format(name=shape.name, record=shape.record, limit=_PLACED)
        self._read_statement = _READ.format(name=shape.name, select=shape.select, limit=BATCH)
        self._cursor_statement = _CURSOR.format(name=shape.name)
        self._moved = asyncio.Event()
        self._followers: set[_Waiting[Row]] = set()
        # Tells what this process gave positions to, and will read at once, from what others did.
        self._token = secrets.token_hex(8)
        self.channel = f"{shape.name}_feed"

    def wrote(self) -> None:
        """Says that this process has committed a change."""
        self._moved.set()

    def heard(self, payload: str) -> None:
        """Takes a notification of `channel`."""
        if payload != self._token:
            self._moved.set()

    async def cursor(self, position: int | None = None) -> Cursor:
        """The cursor of a position, or of the newest one. Raises ForeignCursor for a position that is not there yet.

        It is of the history that there is now, whichever the position was read in.
        """
        if position is None:
            await self._place_all()
        row = await self._database.fetchrow(self._cursor_statement, position)
        if row is None:
            raise ForeignCursor
        return Cursor(*row)

    async def check(self, cursor: Cursor) -> None:
        """Raises ForeignCursor for a cursor of a history that is gone, or too old."""
        if await self.cursor(cursor.position) != cursor:
            raise ForeignCursor

    async def read(self, after: Cursor) -> Step[Row]:
        """What follows a cursor, up to 500 changes. Raises ForeignCursor.

        All that was committed before this began is in it, unless the step is cut: then it is not complete.
        """
        await self._place_all()
        rows = await self._database.fetch(self._read_statement, after.position)
        if rows[0]["start_mark"] != after.mark:
            raise ForeignCursor
        changes = [change for row in rows if row["position"] is not None and (change := self._row(row)) is not None]
        return Step(after, changes, Cursor(rows[0]["ending"], rows[0]["ending_mark"]), rows[0]["complete"])

    async def run(self) -> None:
        """Reads what comes, for all followers. Ends only with an error."""
        at = await self.cursor()
        while True:
            step = await self.read(at)
            for waiting in self._followers:
                waiting.put(step)
            at = step.cursor
            if step.complete:
                await self._move()

    async def follow(self, after: Cursor) -> AsyncGenerator[Step[Row], None]:
        """The steps from a cursor on, without end, at least two a second. Raises ForeignCursor."""
        waiting = _Waiting[Row]()
        self._followers.add(waiting)
        try:
            step = await self.read(after)
            while True:
                yield step
                step = await self._next(step, waiting)
        finally:
            self._followers.discard(waiting)

    async def _next(self, last: Step[Row], waiting: "_Waiting[Row]") -> Step[Row]:
        """What follows a step: as the reader of all found it if that goes on just there, else as it is read here."""
        if last.complete or waiting:
            step = await waiting.take(_LATE_SECONDS)
            if step is not None:
                # Old news is not complete any more.
                complete = step.complete and not waiting
                if step.start == last.cursor:
                    return step._replace(complete=complete)
                if step.cursor == last.cursor and complete:
                    return Step(last.cursor, (), last.cursor, complete)
        waiting.clear()
        return await self.read(last.cursor)

    async def _place_all(self) -> None:
        """Returns when all that was committed before has a position."""
        placed = _PLACED
        while placed == _PLACED:
            row = await self._database.fetchrow(self._place_statement, self._token)
            placed = 0 if row is None else row["placed"]

    async def _move(self) -> None:
        """Returns when the feed may have moved."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._moved.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_GATHER_SECONDS)
        # Cleared before the reading that follows, so that no change falls in between.
        self._moved.clear()


class _Waiting(Generic[Row]):
    """The steps that wait for a follower. The oldest are lost when it is slow, which it sees by the gap."""

    def __init__(self) -> None:
        self._steps: deque[Step[Row]] = deque(maxlen=_WAITING_STEPS)
        self._some = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._steps)

    def put(self, step: Step[Row]) -> None:
        """Never waits. A heartbeat says no more than one that waits already."""
        if not step.changes and self._steps and self._steps[-1].cursor == step.cursor:
            return
        self._steps.append(step)
        self._some.set()

    async def take(self, seconds: float) -> Step[Row] | None:
        """The oldest step; None when none comes in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._some.wait()
        except TimeoutError:
            return None
        step = self._steps.popleft()
        if not self._steps:
            self._some.clear()
        return step

    def clear(self) -> None:
        """Drops what waits."""
        self._steps.clear()
        self._some.clear()

"""Prints how long the pages of note lists take in the database, and their plans.

usage: python -m tests.load.list_plans DATABASE_URL [--notes 1000000] [--plans]

The database must be empty. Times are of PostgreSQL alone (EXPLAIN ANALYZE), with the plan that a prepared statement
has after many uses, the best of five.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from typing import Any

from note_svc.domain.listing import ORDERS, Listing, Scope, Start
from note_svc.domain.note import Note
from note_svc.store.list_statement import Shape, list_statement
from note_svc.store.lists import ListStore
from note_svc.store.note_cache import NoteCache
from service_kit.postgres.connection import Connection, connect_with
from service_kit.postgres.database import database_at
from service_kit.postgres.migrations import load_migrations, migrate
from tests.load.many_notes import HEAVY, fill

_SOMEBODY = "SELECT user_id FROM notes WHERE user_id <> $1 GROUP BY user_id HAVING count(*) > 15 LIMIT 1"


def as_it_is(note: Note) -> Note:
    """Encodes nothing: for who wants the notes themselves."""
    return note


def walk(plan: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The nodes of a plan."""
    return [plan, *(node for child in plan.get("Plans", []) for node in walk(child))]


async def explain(connection: Connection, listing: Listing, *, runs: int = 5) -> dict[str, Any]:
    """The plan of a page's statement with the time it took, as EXPLAIN gives them; the fastest of some runs."""
    statement, *arguments = list_statement(Shape.of(listing), [listing])
    prepared = await connection.prepare(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", timeout=60)
    return min(
        [json.loads(await prepared.fetchval(*arguments, timeout=60))[0] for _ in range(runs)],
        key=lambda plan: float(plan["Execution Time"]),
    )


async def listings(connection: Connection, lists: ListStore[Note]) -> list[tuple[str, Listing]]:
    """The first page and a page in the middle, by token, of every list in every order."""
    somebody = await connection.fetchval(_SOMEBODY, HEAVY, timeout=60)
    found = []
    for name, user_id in (("everybody", None), ("a tenth of all", HEAVY), ("twenty notes", somebody)):
        for scope in (Scope.EVERYBODY,) if user_id is None else (Scope.OWNED, Scope.SHARED, Scope.ALL):
            for order_by in sorted(set(ORDERS) - {""}):
                order = ORDERS[order_by]
                first = Listing(scope, user_id, order, Start(), 20, with_content=True)
                found.append((f"{name}, {scope.value}, {order_by}, first page", first))
                deep = await lists.page(first._replace(start=Start(offset=1_000), size=1, with_content=False))
                if deep.next_after is not None:
                    by_token = first._replace(start=Start(deep.next_after))
                    found.append((f"{name}, {scope.value}, {order_by}, by token", by_token))
    return found


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database_url")
    parser.add_argument("--notes", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    connect = connect_with(options.database_url, "list_plans", timeout=None)
    connection = await connect()
    await migrate(connection, load_migrations("note_svc.migrations"))
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM notes)"):
        await fill(connection, options.notes)
    database = database_at(options.database_url, "list_plans", size=1, budget=60)
    print("| list | ms in the database |\n|---|---|")
    slowest = ("", 0.0)
    for name, listing in await listings(connection, ListStore(database, as_it_is, NoteCache())):
        plan = await explain(connection, listing)
        time = float(plan["Execution Time"])
        slowest = max(slowest, (name, time), key=lambda pair: pair[1])
        print(f"| {name} | {time:.2f} |", flush=True)
        if options.plans:
            print(json.dumps(plan["Plan"], indent=1))
    print(f"slowest: {slowest[0]}, {slowest[1]:.2f} ms")
    await database.close()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Every statement of user_svc finds its rows by an index, however many people there are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from service_kit.errors import Violations
from service_kit.ids import new_id
from service_kit.page import TOTAL_LIMIT
from service_kit.postgres.connection import connect_with
from service_kit.postgres.database import Database
from service_kit.postgres.migrations import prepare_schema_of
from user_svc.domain.listing import Listing, Order
from user_svc.domain.user import parse_email, parse_username
from user_svc.store.feed import UserFeed
from user_svc.store.users import UserStore

PEOPLE = 20_000
NOW = datetime(2026, 1, 2, tzinfo=UTC)

_FILL = f"""
INSERT INTO users (id, username, username_key, email, email_key, created_at, updated_at)
SELECT gen_random_uuid(), 'user' || n, 'user' || n, n || '@example.com', n || '@example.com', now(), now()
FROM generate_series(1, {PEOPLE}) AS n;
INSERT INTO user_changes (user_id, position, deleted)
SELECT id, row_number() OVER (), false FROM users;
INSERT INTO user_feed_marks (position) SELECT generate_series(1, {PEOPLE} - 1);
UPDATE user_feed SET position = {PEOPLE};
INSERT INTO user_outbox (user_id, deleted) SELECT id, false FROM users;
ANALYZE"""

Plan = dict[str, Any]


class Explained(Database):
    """Keeps the plan of every statement, as it is for any arguments."""

    plans: list[tuple[str, Plan]]

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        await self._explain(query, args)
        return await super().fetch(query, *args)

    async def write(self, query: str, *args: object) -> list[asyncpg.Record]:
        await self._explain(query, (*args, NOW))
        return await super().write(query, *args)

    async def _explain(self, query: str, args: tuple[object, ...]) -> None:
        (row,) = await super().fetch(f"EXPLAIN (FORMAT JSON) {query}", *args)
        self.plans.append((query, json.loads(row[0])[0]["Plan"]))


@pytest.fixture
async def database(any_database_url: str) -> AsyncIterator[Explained]:
    await prepare_schema_of("user_svc", any_database_url, apply=True)
    connection = await asyncpg.connect(any_database_url)
    await connection.execute(_FILL)
    await connection.close()
    database = Explained(connect_with(any_database_url, "test", timeout=60), 1, budget=60)
    database.plans = []
    yield database
    await database.close()


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scans(plan: Plan) -> list[str]:
    """The tables of more than one row that are read from end to end; the count stops at its limit."""
    return [
        str(node["Relation Name"])
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "user_feed" and not _is_count(node)
    ]


def _is_count(node: Plan) -> bool:
    return bool(node["Plan Width"] == 0)


async def test_no_statement_reads_a_table_from_end_to_end(database: Explained) -> None:
    feed = UserFeed(database)
    store = UserStore(database, feed.wrote)
    violations = Violations()
    username, email = parse_username("somebody", violations), parse_email("somebody@example.com", violations)
    user = await store.create(new_id(), username, email, NOW)
    await store.get(user.id)
    await store.update(user.id, parse_username("else", violations), None, NOW)
    for order in Order:
        await store.list(Listing(order, 20, None, 0))
        await store.list(Listing(order, 20, order.key(user), 0))
    await store.search("user1", 10)
    await feed.read(await feed.cursor(PEOPLE - 10))
    await feed.cursor()
    await feed.users([user.id])
    await store.delete(user.id)

    assert len(database.plans) >= 7 + 2 * len(Order)
    assert {query: scans(plan) for query, plan in database.plans if scans(plan)} == {}
    counted = [node for _, plan in database.plans for node in nodes(plan) if node["Node Type"] == "Limit"]
    assert all(node["Plan Rows"] <= TOTAL_LIMIT + 1 for node in counted)

"""The pages of a list cost the same however many notes there are: tests/load/list_plans.py times them at a million."""

from note_svc.store.lists import ListStore
from note_svc.store.note_cache import NoteCache
from service_kit.page import TOTAL_LIMIT
from service_kit.postgres.connection import connect_with
from service_kit.postgres.database import Database
from service_kit.postgres.migrations import load_migrations, migrate
from tests.load.list_plans import as_it_is, explain, listings, walk
from tests.load.many_notes import fill

_NOTES = 20_000


async def test_no_page_reads_or_sorts_more_than_it_shows(database_url: str) -> None:
    connect = connect_with(database_url, "test", timeout=60)
    connection = await connect()
    await migrate(connection, load_migrations("note_svc.migrations"))
    await fill(connection, _NOTES)
    database = Database(connect, 1, budget=60)
    for name, listing in await listings(connection, ListStore(database, as_it_is, NoteCache())):
        plan = (await explain(connection, listing, runs=1))["Plan"]
        page_rows = 2 * (listing.size + 1)
        for node in walk(plan):
            where = f"{name}: {node['Node Type']} of {node['Actual Rows']} rows"
            assert node["Node Type"] != "Seq Scan", where
            if "Sort" in node["Node Type"]:
                assert node["Actual Rows"] <= page_rows, where
            assert node["Actual Rows"] <= TOTAL_LIMIT + 1, where
        (count,) = [node for node in walk(plan) if node["Node Type"] == "Aggregate"]
        for node in walk(plan):
            assert node["Actual Rows"] <= page_rows or node in walk(count), f"{name}: {node['Node Type']}"
    await database.close()
    await connection.close()

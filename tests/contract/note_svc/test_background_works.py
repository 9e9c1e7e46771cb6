import asyncio
import re

import asyncpg

from note_svc.app import NAME
from notewire_proto import note_pb2, note_pb2_grpc
from service_kit.postgres.migrations import prepare_schema_of
from tests.contract.note_svc.services import NOBODY, code_of
from tests.ports import free_port
from tests.serving import note_service
from tests.stack import http


async def restarts(metrics_port: int) -> dict[str, float]:
    answer = await asyncio.to_thread(http, f"http://127.0.0.1:{metrics_port}/metrics")
    found = re.findall(r'^background_restarts_total{work="([^"]+)"} (\S+)', answer.body.decode(), re.MULTILINE)
    return {work: float(count) for work, count in found}


async def test_a_work_that_fails_for_a_fault_of_ours_is_begun_again_while_calls_are_answered(database_url: str) -> None:
    await prepare_schema_of(NAME, database_url, apply=True)
    connection = await asyncpg.connect(database_url)
    await connection.execute("ALTER TABLE feed_position RENAME TO hidden")
    metrics_port = free_port()
    async with note_service(database_url, f"127.0.0.1:{free_port()}", metrics_port=metrics_port) as channel:
        notes = note_pb2_grpc.NoteServiceStub(channel)
        async with asyncio.timeout(20):
            while (await restarts(metrics_port))["user feed"] < 3:
                await asyncio.sleep(0.05)
        assert (await code_of(notes.GetNote(note_pb2.GetNoteRequest(id=NOBODY)))).name == "NOT_FOUND"
        assert (await restarts(metrics_port))["purge"] == 0
    await connection.close()

"""Writes one note after the other through the front door, then reads each that was confirmed.

Ends when /tmp/stop exists, but never on a failure: how long the last ones went on is what a test wants to know.

Prints `started`, and at the end one JSON line of results.
"""

import asyncio
import json
import secrets
import sys
import time
from pathlib import Path

import aiohttp
import smoke

from notewire_proto import note_pb2

STOP = Path("/tmp/stop")
PAUSE_SECONDS = 0.1


async def main(door: str) -> None:
    STOP.unlink(missing_ok=True)
    name = f"journal-{secrets.token_hex(6)}"
    confirmed: dict[str, str] = {}
    failures: list[tuple[float, float, str]] = []
    good: list[float] = []
    async with aiohttp.ClientSession(door, timeout=aiohttp.ClientTimeout(total=10)) as session:
        await smoke.wait_for_services(session)
        user = await smoke.json(
            session, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"}
        )
        print("started", flush=True)
        failing = False
        while failing or not STOP.exists():
            content = secrets.token_hex(8)
            request = note_pb2.CreateNoteRequest(title="Journal", content=content, user_id=user["id"])
            began = time.time()
            try:
                note = await smoke.grpc_web(session, "note.NoteService/CreateNote", request, note_pb2.Note)
                confirmed[note.id] = content
                good.append(began)
                failing = False
            except (smoke.CallError, aiohttp.ClientError, TimeoutError) as error:
                failures.append((began, time.time() - began, f"{type(error).__name__} {error}"))
                failing = True
            await asyncio.sleep(PAUSE_SECONDS)
        lost = [note_id for note_id, content in confirmed.items() if await read(session, note_id) != content]
    print(
        json.dumps(
            {
                "client": "journal",
                "calls": len(confirmed) + len(failures),
                "failed": len(failures),
                "failures": [(began, why) for began, _, why in failures],
                "slowest_failure_seconds": max((took for _, took, _ in failures), default=0.0),
                "lost": lost,
                "confirmed": len(confirmed),
                "good": good,
            }
        )
    )


async def read(session: aiohttp.ClientSession, note_id: str) -> str:
    note = await smoke.grpc_web(session, "note.NoteService/GetNote", note_pb2.GetNoteRequest(id=note_id), note_pb2.Note)
    return note.content


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""Makes people through the front door, each with a note, and renames each once, until /tmp/stop exists.

`python renames.py DOOR PREFIX`: the names are PREFIX-renamed-1 and so on, and one more is PREFIX-last. After each the
person's notes are listed until every pod of note_svc shows the new name. Prints `started`, and at the end one
JSON line.
"""

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path

import aiohttp
import smoke

from notewire_proto import note_pb2
from service_kit.ids import new_id

STOP = Path("/tmp/stop")
PAUSE_SECONDS = 0.1
# The front door goes round the pods, of which there are two.
ANSWERS = 4
PATIENCE_SECONDS = 30.0
TRIES = 10


async def main(door: str, prefix: str) -> None:
    STOP.unlink(missing_ok=True)
    names: list[str] = []
    shown_after: list[float] = []
    async with aiohttp.ClientSession(door, timeout=aiohttp.ClientTimeout(total=10)) as session:
        await smoke.wait_for_services(session)
        print("started", flush=True)
        number = 0
        while not STOP.exists():
            number += 1
            user_id = await person(session, f"{prefix}-{number}")
            await note(session, user_id)
            for _ in range(ANSWERS):
                await owner(session, user_id)
            names.append(f"{prefix}-renamed-{number}")
            await rename(session, user_id, names[-1])
            shown_after.append(await seconds_until_shown(session, user_id, names[-1]))
            await asyncio.sleep(PAUSE_SECONDS)
        await rename(session, await person(session, f"{prefix}-0"), f"{prefix}-last")
    print(json.dumps({"names": names, "shown_after_seconds": shown_after}))


async def person(session: aiohttp.ClientSession, name: str) -> str:
    user = await smoke.json(session, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"})
    return user["id"]


async def note(session: aiohttp.ClientSession, user_id: str) -> None:
    """Writes it again when the service could not ask for the new person in time; with its id it is written once."""
    request: dict[str, object] = {"id": str(new_id()), "title": "Mine", "user_id": user_id}
    for attempt in itertools.count(1):
        try:
            await smoke.json(session, "note.NoteService/CreateNote", request)
        except smoke.CallError as error:
            if attempt == TRIES or "the user service does not answer" not in str(error):
                raise
        else:
            return


async def rename(session: aiohttp.ClientSession, user_id: str, name: str) -> None:
    await smoke.json(session, "user.UserService/UpdateUser", {"id": user_id, "username": name})


async def owner(session: aiohttp.ClientSession, user_id: str) -> str:
    """The name that a list shows at the person's note."""
    request = note_pb2.ListNotesByUserRequest(user_id=user_id)
    method = "note.NoteService/ListNotesByUser"
    return (await smoke.grpc_web(session, method, request, note_pb2.ListNotesResponse)).notes[0].user.username


async def seconds_until_shown(session: aiohttp.ClientSession, user_id: str, name: str) -> float:
    """From now until the last answer with another name; 0 when there is none."""
    began = time.monotonic()
    last_other, in_a_row = began, 0
    while in_a_row < ANSWERS:
        in_a_row = in_a_row + 1 if await owner(session, user_id) == name else 0
        if in_a_row == 0:
            last_other = time.monotonic()
            assert last_other - began < PATIENCE_SECONDS, f"{name} is not shown"
    return last_other - began


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

"""Constant load from inside of the cluster, one JSON line of results for each client at the end.

Runs in a pod, in an image of a service: `python load.py DOOR CLIENT...`, until the file /tmp/stop exists. A client is
`native=RATE@HOST:PORT`, `grpc_web=RATE` or `websocket=RATE`; the rate is calls each second. No client repeats a call
that may have run.
A native client of note_svc's own port calls note_svc alone.
"""

import asyncio
import collections
import itertools
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import grpc
import smoke
from google.protobuf.message import Message

from notewire_proto import note_pb2, user_pb2

STOP = Path("/tmp/stop")
CALL_SECONDS = 5.0
NO_ANSWER = f"no answer within {CALL_SECONDS:g} s"
# What is said of a wait: here, or by a service that has waited for another one as long as it may.
TOO_LATE = (NO_ANSWER, "the database does not answer", "the user service does not answer")

Make = Callable[[str, Message, type[Message]], Awaitable[Message]]


class Client:
    """Makes calls at a constant rate whatever the answers take, and keeps count."""

    def __init__(self, name: str, rate: float, make: Make) -> None:
        self.name = name
        self._notes_alone = name.endswith(":50052")
        self._rate = rate
        self._make = make
        self._running: set[asyncio.Task[None]] = set()
        self._latencies: list[float] = []
        self._failures: list[tuple[float, str]] = []
        self._late = 0
        self._good_by_second: collections.Counter[int] = collections.Counter()

    async def run(self, ids: tuple[str, str]) -> None:
        due = time.monotonic()
        for number in itertools.count():
            if STOP.exists():
                break
            task = asyncio.create_task(self._call(*_request(number, ids, self._notes_alone)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            due += 1 / self._rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*self._running)

    async def _call(self, method: str, request: Message, reply: type[Message]) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._make(method, request, reply)
            self._good_by_second[int(time.time())] += 1
        except TimeoutError:
            self._fail(method, NO_ANSWER)
        except grpc.aio.AioRpcError as error:
            self._fail(method, f"{error.code().name} {error.details()}")
        except (aiohttp.ClientError, smoke.CallError, OSError) as error:
            self._fail(method, f"{type(error).__name__} {error}")
        self._latencies.append(time.monotonic() - began)

    def _fail(self, method: str, why: str) -> None:
        self._late += any(text in why for text in TOO_LATE)
        self._failures.append((time.time(), f"{method}: {why}"))

    def result(self) -> dict[str, object]:
        ordered = sorted(self._latencies)
        seconds = range(min(self._good_by_second, default=0), max(self._good_by_second, default=0) + 1)
        return {
            "client": self.name,
            "calls": len(ordered),
            "failed": len(self._failures),
            "late": self._late,
            "failures": self._failures[:20],
            "p50_ms": round(1000 * ordered[len(ordered) // 2], 1),
            "p99_ms": round(1000 * ordered[len(ordered) * 99 // 100], 1),
            "max_ms": round(1000 * ordered[-1], 1),
            "longest_gap_seconds": _longest_gap([self._good_by_second[second] for second in seconds]),
        }


def _longest_gap(counts: list[int]) -> int:
    return max((len(list(run)) for good, run in itertools.groupby(counts, bool) if not good), default=0)


def _request(number: int, ids: tuple[str, str], notes_alone: bool) -> tuple[str, Message, type[Message]]:
    user_id, note_id = ids
    match number % 4:
        case 0:
            create = note_pb2.CreateNoteRequest(title=f"Load {number}", content="x" * 500, user_id=user_id)
            return "note.NoteService/CreateNote", create, note_pb2.Note
        case 1 if not notes_alone:
            return "user.UserService/GetUser", user_pb2.GetUserRequest(id=user_id), user_pb2.User
        case _:
            return "note.NoteService/GetNote", note_pb2.GetNoteRequest(id=note_id), note_pb2.Note


def _native(target: str) -> Make:
    # No retry policy: gRPC sends again by itself only what a server never began to handle.
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = itertools.cycle([grpc.aio.insecure_channel(target, options=options) for _ in range(2)])

    async def make(method: str, request: Message, reply: type[Message]) -> Message:
        call = next(channels).unary_unary(f"/{method}", type(request).SerializeToString, reply.FromString)
        answer: Message = await call(request)
        return answer

    return make


def _in_browser(call: smoke.Call, session: aiohttp.ClientSession) -> Make:
    async def make(method: str, request: Message, reply: type[Message]) -> Message:
        return await call(session, method, request, reply)

    return make


async def main(door: str, wanted: list[str]) -> None:
    STOP.unlink(missing_ok=True)
    name = f"load-{secrets.token_hex(6)}"
    async with aiohttp.ClientSession(door, timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as session:
        await smoke.wait_for_services(session)
        user = await smoke.json(
            session, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"}
        )
        note = await smoke.json(session, "note.NoteService/CreateNote", {"title": "Load", "user_id": user["id"]})
        clients = []
        for text in wanted:
            kind, _, rest = text.partition("=")
            rate, _, target = rest.partition("@")
            make = _native(target) if kind == "native" else _in_browser(getattr(smoke, kind), session)
            clients.append(Client(f"{kind} {target}".strip(), float(rate), make))
        print("started", flush=True)
        await asyncio.gather(*[client.run((user["id"], note["id"])) for client in clients])
    for client in clients:
        print(json.dumps(client.result()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))

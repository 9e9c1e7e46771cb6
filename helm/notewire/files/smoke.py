"""Creates a user and a note through the front door, in each way that a browser can call, and reads them back.

Run by `helm test` in an image of a service, which holds what it imports.
"""

import asyncio
import contextlib
import secrets
import sys
from typing import Protocol, TypeVar

import aiohttp
from google.protobuf.message import Message

from notewire_proto import note_pb2, user_pb2

START_SECONDS = 30
TIMEOUT = aiohttp.ClientTimeout(total=10)
GRPC_WEB = "application/grpc-web+proto"
TRAILERS = 0x80
UNAVAILABLE = "14"

_Reply = TypeVar("_Reply", bound=Message)


class CallError(Exception):
    """A call ended otherwise than with the status OK; the text says how."""


class TryAgain(CallError):
    """A call ended with the status UNAVAILABLE."""


class Call(Protocol):
    """One way to make a unary call."""

    async def __call__(
        self, session: aiohttp.ClientSession, method: str, request: Message, reply: type[_Reply]
    ) -> _Reply: ...


async def grpc_web(session: aiohttp.ClientSession, method: str, request: Message, reply: type[_Reply]) -> _Reply:
    """A gRPC-Web call, as Connect-ES and grpc-web make it."""
    headers = {"content-type": GRPC_WEB, "x-grpc-web": "1"}
    async with session.post(f"/{method}", data=framed(request), headers=headers) as response:
        return decoded(await response.read(), dict(response.headers), reply)


async def websocket(session: aiohttp.ClientSession, method: str, request: Message, reply: type[_Reply]) -> _Reply:
    """A call over a WebSocket of its own, in the grpc-websockets protocol."""
    async with session.ws_connect(f"/{method}", protocols=["grpc-websockets"]) as socket:
        await socket.send_bytes(f"content-type: {GRPC_WEB}\r\nx-grpc-web: 1\r\n".encode())
        await socket.send_bytes(b"\x00" + framed(request))
        await socket.send_bytes(b"\x01")
        received = b"".join([message.data async for message in socket if message.type is aiohttp.WSMsgType.BINARY])
    return decoded(received, {}, reply)


async def json(session: aiohttp.ClientSession, method: str, body: dict[str, object]) -> dict[str, str]:
    """A call with plain JSON, as curl makes it."""
    async with session.post(f"/{method}", json=body) as response:
        if response.status != 200:
            error = TryAgain if response.status == 503 else CallError
            raise error(f"{method}: HTTP {response.status} {await response.text()}")
        answer: dict[str, str] = await response.json()
        return answer


async def wait_for_services(session: aiohttp.ClientSession) -> None:
    """Returns when the front door has found both services, seconds after the first start. Raises TimeoutError."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            # A network plug-in may let a new pod out, and into the front door, a moment after the pod has begun.
            with contextlib.suppress(aiohttp.ClientConnectionError, TimeoutError):
                async with session.get("/health") as health:
                    if health.status == 200:
                        return
            await asyncio.sleep(0.2)


def framed(message: Message) -> bytes:
    """A message behind the prefix of gRPC: a byte of flags, four of length."""
    payload = message.SerializeToString()
    return b"\x00" + len(payload).to_bytes(4, "big") + payload


def decoded(body: bytes, headers: dict[str, str], reply: type[_Reply]) -> _Reply:
    """The message in a body of gRPC-Web frames. Raises CallError unless its status is OK."""
    message: _Reply | None = None
    fields = {name.lower(): value for name, value in headers.items()}
    while len(body) >= 5:
        length = int.from_bytes(body[1:5], "big")
        payload = body[5 : 5 + length]
        if body[0] & TRAILERS:
            lines = (line.partition(":") for line in payload.decode().splitlines())
            fields.update({name.strip().lower(): value.strip() for name, _, value in lines})
        else:
            message = reply.FromString(payload)
        body = body[5 + length :]
    status = fields.get("grpc-status")
    if status != "0" or message is None:
        error = TryAgain if status == UNAVAILABLE else CallError
        raise error(f"grpc-status {status} {fields.get('grpc-message', '')}".strip())
    return message


async def main(door: str) -> None:
    """Raises CallError at the first call that fails. `door` is the front door's URL.

    UNAVAILABLE means to begin anew, for seconds after the start: a machine that is still busy with it answers late.
    """
    async with aiohttp.ClientSession(door, timeout=TIMEOUT) as session:
        await wait_for_services(session)
        async with session.get("/") as page:
            if page.status != 200 or "<title>Notewire</title>" not in await page.text():
                raise CallError(f"GET / answers HTTP {page.status}, which is not the application")
        clock = asyncio.get_running_loop().time
        patient_until = clock() + START_SECONDS
        while True:
            try:
                await call_in_every_way(session)
                return
            except TryAgain:
                if clock() >= patient_until:
                    raise
            await asyncio.sleep(1)


async def call_in_every_way(session: aiohttp.ClientSession) -> None:
    """Makes a user who writes and reads, and is deleted."""
    name = f"smoke-{secrets.token_hex(6)}"
    user = await json(session, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"})
    try:
        for call in (grpc_web, websocket):
            await write_and_read(session, call, user["id"])
    finally:
        await json(session, "user.UserService/DeleteUser", {"id": user["id"]})


async def write_and_read(session: aiohttp.ClientSession, call: Call, user_id: str) -> None:
    """Makes a note and reads it, and its owner."""
    request = note_pb2.CreateNoteRequest(title="Smoke", content="Is the bridge open?", user_id=user_id)
    note = await call(session, "note.NoteService/CreateNote", request, note_pb2.Note)
    read = await call(session, "note.NoteService/GetNote", note_pb2.GetNoteRequest(id=note.id), note_pb2.Note)
    owner = await call(session, "user.UserService/GetUser", user_pb2.GetUserRequest(id=user_id), user_pb2.User)
    if (read.content, read.user.username) != (note.content, owner.username):
        raise CallError(f"what was read differs from what was written: {read}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    sys.stdout.write("A user and notes were created and read over JSON, gRPC-Web and WebSocket.\n")

"""What the WebSocket does with clients that do not keep to the protocol."""

import asyncio

import pytest

from tests.integration.bridge.raw_websocket import FINISH, MESSAGE, METADATA, RawWebSocket, upgrade
from tests.integration.bridge.stack import Stack
from tests.websocket_frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame

ENDS = {
    "a whole call": (1000, METADATA + MESSAGE + FINISH),
    "empty metadata": (1000, frame(BINARY) + MESSAGE + FINISH),
    "goodbye before the call": (1000, frame(CLOSE, b"\x03\xe8")),
    "goodbye with a code of its own": (4321, METADATA + MESSAGE + frame(CLOSE, b"\x10\xe1bye")),
    "goodbye with a code that is none": (1002, METADATA + frame(CLOSE, b"\0\x63")),
    "no mask": (1002, METADATA + frame(BINARY, b"\0abc", masked=False)),
    "reserved bit": (1002, METADATA + frame(BINARY, b"\0a", reserved=4)),
    "unknown opcode": (1002, METADATA + frame(5, b"x")),
    "continuation of nothing": (1002, METADATA + frame(CONTINUATION, b"\0x")),
    "fragmented ping": (1002, METADATA + frame(PING, b"x", final=False)),
    "message without kind": (1002, METADATA + frame(BINARY)),
    "finish with a message": (1002, METADATA + frame(BINARY, b"\1\0\0\0\0\1a")),
    "text": (1003, METADATA + frame(TEXT, b"\0hello")),
    "metadata as text": (1003, frame(TEXT, b"x-mine: 1\r\n")),
    "unknown kind": (1003, METADATA + frame(BINARY, b"\7abc")),
    "binary metadata": (1008, frame(BINARY, bytes(range(256)))),
    "pseudo header in the metadata": (1008, frame(BINARY, b":path: /admin\r\n")),
    "17 KiB of metadata": (1009, frame(BINARY, length=17_000)),
    "a message over the limit": (1009, METADATA + frame(BINARY, length=4_194_311)),
    "a length of 2^63": (1009, METADATA + frame(BINARY, length=2**63)),
}


# After these nobody can tell a goodbye from noise: the client ends the connection, or the server does, 5 s later.
BEYOND_REPAIR = {
    *("no mask", "reserved bit", "unknown opcode", "continuation of nothing", "fragmented ping"),
    *("17 KiB of metadata", "a message over the limit", "a length of 2^63"),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("cut", ["one write", "byte by byte"])
async def test_every_end_has_its_close_code(port: int, name: str, cut: str) -> None:
    code, sent = ENDS[name]
    status, socket = await RawWebSocket.connect(port, upgrade())
    assert status == 101
    await socket.send([sent] if cut == "one write" else [sent[at : at + 1] for at in range(len(sent))])
    assert await asyncio.wait_for(socket.close_code(), 10) == code
    if name in BEYOND_REPAIR:
        return socket.abort()
    if not name.startswith("goodbye"):
        await socket.send([frame(CLOSE, b"\x03\xe8")])
    await asyncio.wait_for(socket.at_end(), 3)
    return None


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        (400, "Sec-WebSocket-Protocol", None),
        (400, "Sec-WebSocket-Protocol", "chat"),
        (400, "Sec-WebSocket-Key", None),
        (400, "Sec-WebSocket-Key", "A" * 5000),
        (426, "Sec-WebSocket-Version", "8"),
    ],
)
async def test_a_bad_handshake_is_refused(stack: Stack, status: int, name: str, value: str | None) -> None:
    refused, socket = await RawWebSocket.connect(stack.edge, upgrade(**{name: value}))
    assert refused == status
    socket.abort()

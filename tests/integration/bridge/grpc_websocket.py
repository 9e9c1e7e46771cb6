"""A client of the grpc-websockets protocol, on the `websockets` package."""

import asyncio
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FINISH = b"\x01"


def metadata(**fields: str) -> bytes:
    lines = {"content-type": "application/grpc-web+proto", **fields}
    return "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()).encode()


def framed(message: Any) -> bytes:
    """A gRPC message with its prefix, from a message or its bytes."""
    body = message if isinstance(message, bytes) else message.SerializeToString()
    return struct.pack(">BI", 0, len(body)) + body


def data(message: Any) -> bytes:
    return b"\0" + framed(message)


class GrpcWebSocket:
    """One call. Reads gRPC-Web frames: (0, message) and (128, headers or trailers)."""

    def __init__(self, port: int, method: str, **options: Any) -> None:
        """`method` is one of note.test.Echo, or a whole path."""
        path = method if method.startswith("/") else f"/note.test.Echo/{method}"
        self._uri = f"ws://127.0.0.1:{port}{path}"
        self._options = {"subprotocols": ["grpc-websockets"], "compression": None, "max_size": None, **options}
        self._buffer = b""
        self.socket: ClientConnection

    async def __aenter__(self) -> Self:
        self.socket = await connect(self._uri, **self._options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def send(self, *messages: bytes) -> None:
        for message in messages:
            await self.socket.send(message)

    async def frame(self) -> tuple[int, bytes]:
        """Raises ConnectionClosed when there is none."""
        while len(self._buffer) < 5 or len(self._buffer) < 5 + self._length():
            received = await asyncio.wait_for(self.socket.recv(), 10)
            assert isinstance(received, bytes)
            self._buffer += received
        length = self._length()
        frame = self._buffer[0], self._buffer[5 : 5 + length]
        self._buffer = self._buffer[5 + length :]
        return frame

    def _length(self) -> int:
        return int(struct.unpack(">I", self._buffer[1:5])[0])

    async def answer(self) -> "Answer":
        """Everything until the server closes."""
        answer = Answer()
        try:
            while True:
                kind, payload = await self.frame()
                if kind & 128:
                    answer.metadata.append(_fields(payload))
                else:
                    answer.messages.append(payload)
        except ConnectionClosed as closed:
            answer.close_code = closed.rcvd.code if closed.rcvd else 1006
            answer.close_reason = closed.rcvd.reason if closed.rcvd else ""
        return answer


class Answer:
    """messages and metadata frames in their order, and how the WebSocket ended."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.metadata: list[Mapping[str, str]] = []
        self.close_code = 0
        self.close_reason = ""

    @property
    def status(self) -> int | None:
        return int(self.metadata[-1]["grpc-status"]) if self.metadata and "grpc-status" in self.metadata[-1] else None


def _fields(payload: bytes) -> dict[str, str]:
    fields = {}
    for line in payload.decode().splitlines():
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return fields

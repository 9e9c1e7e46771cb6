"""A WebSocket without a library, for bytes that no library would send."""

import asyncio
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress

from tests.websocket_frames import BINARY, frame

METADATA = frame(BINARY, b"content-type: application/grpc-web+proto\r\n")
MESSAGE = frame(BINARY, b"\0" + b"\0\0\0\0\x03\x0a\x01a")
FINISH = frame(BINARY, b"\x01")


def upgrade(method: str = "Bidi", /, **changes: str | None) -> bytes:
    """The request; a header whose value is None is left out."""
    headers = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "grpc-websockets",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET /note.test.Echo/{method} HTTP/1.1", *lines, "", ""]).encode()


class RawWebSocket:
    """Reads the server's frames as far as the Close frame.

    On a bare socket, because what had arrived can still be read after the connection was reset.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = b""

    @classmethod
    async def connect(cls, port: int, request: bytes) -> tuple[int, "RawWebSocket"]:
        """The HTTP status comes with it."""
        connection = socket.socket()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        opened = cls(connection)
        await opened.send([request])
        while b"\r\n\r\n" not in opened._received:
            assert await opened._receive()
        head, _, opened._received = opened._received.partition(b"\r\n\r\n")
        return int(head.split()[1]), opened

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Stops when the server has closed the connection."""
        with suppress(ConnectionResetError, BrokenPipeError):
            for piece in pieces:
                await asyncio.get_running_loop().sock_sendall(self._connection, piece)

    async def close_code(self) -> int:
        """Raises EOFError when the connection ends without a Close frame."""
        while True:
            first, length = await self._read(2)
            if length > 125:
                length = int.from_bytes(await self._read(2 if length == 126 else 8), "big")
            payload = await self._read(length)
            if first == 0x88:
                return int(struct.unpack(">H", payload[:2])[0])

    async def at_end(self) -> None:
        """Returns when the server has closed the TCP connection; then this side is closed too."""
        while await self._receive():
            pass
        self.abort()

    def abort(self) -> None:
        self._connection.close()

    async def _read(self, count: int) -> bytes:
        while len(self._received) < count:
            if not await self._receive():
                raise EOFError("no Close frame")
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    async def _receive(self) -> bool:
        try:
            data = await asyncio.get_running_loop().sock_recv(self._connection, 65536)
        except ConnectionResetError:
            return False
        self._received += data
        return bool(data)

"""WebSocket frames as a client sends them, right or wrong."""

import os
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, reserved: int = 0, length: int = -1
) -> bytes:
    """`length` is what the header says when that is not the payload's own."""
    announced = len(payload) if length < 0 else length
    head = bytes([final << 7 | reserved << 4 | opcode])
    mask_bit = masked << 7
    if announced < 126:
        head += bytes([mask_bit | announced])
    elif announced < 65536:
        head += struct.pack(">BH", mask_bit | 126, announced)
    else:
        head += struct.pack(">BQ", mask_bit | 127, announced)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))

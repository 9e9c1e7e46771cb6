"""Thousands of random and mutated WebSocket streams, or as many as the time allows.

FUZZ_STREAMS and FUZZ_SECONDS make a longer run of it, FUZZ_SEED repeats one.
"""

import asyncio
import os
import random
import time
from collections import Counter

import psutil

from tests.integration.bridge.raw_websocket import FINISH, MESSAGE, METADATA, RawWebSocket, upgrade
from tests.integration.bridge.stack import Stack
from tests.websocket_frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

STREAMS = int(os.environ.get("FUZZ_STREAMS", "3000"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "15"))
SEED = int(os.environ.get("FUZZ_SEED", time.time_ns() % 1_000_000))
TOGETHER = 30

METHODS = ("Unary", "ServerStream", "ClientStream", "Bidi", "Deaf", "Nothing")
# Sent after each stream: it fills up whatever payload was announced and is no frame itself.
FILLERS = [b"\xff" * 2_000, b"\xff" * 100_000, *[b"\xff" * 1_000_000] * 5]


def random_frame(source: random.Random) -> bytes:
    opcode = source.choice([CONTINUATION, TEXT, BINARY, BINARY, BINARY, 3, CLOSE, PING, PONG, 15])
    payload = source.randbytes(source.choice([0, 1, 2, 6, 60, 125, 126, 3000]))
    return frame(
        opcode,
        source.choice([b"", b"\0", b"\1"]) + payload,
        final=source.random() < 0.8,
        masked=source.random() < 0.95,
        reserved=source.choice([0] * 20 + [1, 4]),
        length=source.choice([-1] * 20 + [0, 70_000, 4_194_310, 2**32, 2**63]),
    )


def mutated(source: random.Random, stream: bytes) -> bytes:
    changed = bytearray(stream)
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(changed))
        match source.randrange(4):
            case 0:
                changed[at] = source.randrange(256)
            case 1:
                changed[at] ^= 1 << source.randrange(8)
            case 2:
                changed[at:at] = source.randbytes(source.randint(1, 20))
            case _:
                del changed[at : at + source.randint(1, 20)]
        if not changed:
            return b""
    return bytes(changed)


def random_stream(source: random.Random) -> bytes:
    good = METADATA + MESSAGE * source.randint(0, 5) + source.choice([b"", FINISH])
    match source.randrange(4):
        case 0:
            return source.randbytes(source.randint(1, 400))
        case 1:
            return METADATA + b"".join(random_frame(source) for _ in range(source.randint(1, 8)))
        case 2:
            return b"".join(random_frame(source) for _ in range(source.randint(1, 8)))
        case _:
            return mutated(source, good)


def pieces(source: random.Random, stream: bytes) -> list[bytes]:
    cuts = sorted(source.randrange(len(stream) + 1) for _ in range(source.randint(0, 4)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


async def end_of(port: int, source: random.Random) -> int:
    """The close code of one random stream."""
    stream = random_stream(source)
    status, socket = await RawWebSocket.connect(port, upgrade(source.choice(METHODS)))
    assert status == 101
    reading = asyncio.create_task(socket.close_code())
    try:
        await socket.send(pieces(source, stream))
        for filler in FILLERS:
            await asyncio.wait([reading], timeout=0.05)
            if reading.done():
                break
            await socket.send([filler])
        return await asyncio.wait_for(reading, 10)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        socket.abort()


async def test_every_stream_ends_with_a_close_code_and_envoy_stays_as_it_was(stack: Stack) -> None:
    print(f"FUZZ_SEED={SEED}")
    source = random.Random(SEED)
    sidecar = psutil.Process(stack.sidecar.pid)
    ends: Counter[int] = Counter()
    sizes: list[int] = []
    until = time.monotonic() + SECONDS

    def going_on() -> bool:
        return time.monotonic() < until and ends.total() < STREAMS

    async def keep_going(own: random.Random) -> None:
        while going_on():
            ends[await end_of(stack.edge, own)] += 1

    async def watch_memory() -> None:
        while going_on():
            sizes.append(sidecar.memory_info().rss)
            await asyncio.sleep(0.2)

    workers = [keep_going(random.Random(source.random())) for _ in range(TOGETHER)]
    await asyncio.gather(watch_memory(), *workers)
    third = len(sizes) // 3
    grown = (max(sizes[-third:]) - max(sizes[:third])) / 1e6
    print(f"{ends.total()} streams, close codes {dict(sorted(ends.items()))}, {sizes[-1] / 1e6:.0f} MB ({grown:+.0f})")
    assert ends.total() > 200
    assert all(code in {1000, 1001, 1002, 1003, 1008, 1009, 1011, 1013} or 3000 <= code < 5000 for code in ends)
    assert grown < 40
    assert "script log" not in stack.log("sidecar")
    assert stack.sidecar.running

"""Free ports of the loopback address, for what a test starts itself.

They lie below those that the kernel gives to clients, and each test process has its own part of them: nobody takes one
between the moment it is chosen and the moment it is listened on.
"""

import os
import random
import socket
from collections.abc import Iterator

_FIRST, _LAST = 10_000, 32_000
_PART = 4_000
_PARTS = (_LAST - _FIRST) // _PART


def _candidates() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST + worker % _PARTS * _PART
    # Runs beside each other begin at different places.
    offset = random.SystemRandom().randrange(_PART)
    while True:
        yield first + offset % _PART
        offset += 1


_ports = _candidates()


def free_port() -> int:
    """A TCP port that nobody listens on and that was not given before."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    return [free_port() for _ in range(count)]

"""Free ports of the loopback address, for what a test starts itself.

They lie below those that the kernel gives to clients: none of these takes one between the moment it is chosen and the
moment it is listened on.
"""

import random
import socket

_FIRST, _LAST = 10_000, 32_000

# Runs beside each other begin at different places.
_ports = iter(random.sample(range(_FIRST, _LAST), _LAST - _FIRST))


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

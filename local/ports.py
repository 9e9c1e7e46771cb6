"""Ports that people dial, and who has taken one."""

import errno
import socket
from collections.abc import Iterator, Mapping

import psutil

from local.errors import StackError


def require_free(address: str, ports: Mapping[str, int]) -> None:
    """StackError names every port that cannot be listened on, its variable, and who has it."""
    faults = list(_faults(address, ports))
    if faults:
        raise StackError("; ".join(faults))


def _faults(address: str, ports: Mapping[str, int]) -> Iterator[str]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for name, port in ports.items():
        with socket.socket(family) as probe:
            # As the servers do; without it a port counts as taken for a minute after its last connection.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    yield f"port {port} is taken{_holder(port)}: set {name} to another"
                else:
                    yield f"cannot listen on {address} port {port} ({name}): {error.strerror}"


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""

"""Ports to listen on, refused with one clear line when they cannot be had."""

import socket


class StartError(Exception):
    """The process cannot start; the text is one line for the person who started it."""


def address(bind: str, port: int) -> str:
    """host:port, with brackets around an IPv6 address."""
    return f"[{bind}]:{port}" if ":" in bind else f"{bind}:{port}"


def require_free(bind: str, port: int, variable: str) -> None:
    """Raises StartError when the port cannot be listened on.

    It asks the kernel first because gRPC says only that it failed to bind.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise StartError(f"cannot listen on {address(bind, port)} ({variable}): {error.strerror}") from None

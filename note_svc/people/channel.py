"""The channel to the user directory. Balancing and retries are the work of the sidecar that it leads to."""

from collections.abc import Sequence

import grpc

_OPTIONS = (
    # A sidecar that was away is found again within a second; calls fail at once while it is.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.enable_retries", 0),
    # The address is the sidecar's, never one behind a proxy of the environment.
    ("grpc.enable_http_proxy", 0),
)


def directory_channel(address: str, interceptors: Sequence[grpc.aio.ClientInterceptor]) -> grpc.aio.Channel:
    """A channel that connects when it is first used; to be closed."""
    return grpc.aio.insecure_channel(address, options=_OPTIONS, interceptors=interceptors)

"""What a failed call tells its client."""

from collections.abc import Awaitable
from typing import Any, NamedTuple

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status


class Failure(NamedTuple):
    """A status with its google.rpc details unpacked."""

    code: grpc.StatusCode
    message: str | None
    reason: str
    metadata: dict[str, str]
    violations: dict[str, str]
    retry_seconds: float | None


async def failure(call: Awaitable[Any]) -> Failure:
    """Awaits a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return read_failure(raised.value)


def read_failure(error: grpc.aio.AioRpcError) -> Failure:
    """Unpacks the details; without any, reason and violations are empty."""
    info, request, retry = ErrorInfo(), BadRequest(), RetryInfo()
    seconds = None
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            assert isinstance(value, bytes)
            assert len(value) < 3000, "details are too large for trailers"
            for detail in Status.FromString(value).details:
                detail.Unpack(info)
                detail.Unpack(request)
                if detail.Unpack(retry):
                    seconds = retry.retry_delay.ToTimedelta().total_seconds()
    violations = {violation.field: violation.description for violation in request.field_violations}
    return Failure(error.code(), error.details(), info.reason, dict(info.metadata), violations, seconds)

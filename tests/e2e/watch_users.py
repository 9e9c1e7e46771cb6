"""Follows user.UserDirectory/WatchUsers as note_svc does, and comes back with its cursor whenever a stream ends.

Runs in the app container of a note_svc pod: `python watch_users.py PREFIX` collects the names PREFIX-renamed-* that it
is told of until it is told of PREFIX-last. Prints `started` with the first message, and at the end one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from notewire_proto import user_pb2, user_pb2_grpc

SIDECAR = os.environ.get("USER_DIRECTORY_ADDRESS", "127.0.0.1:15001")
PAUSE_SECONDS = 0.1


class Seen:
    """What one follower was told of, over all its streams."""

    def __init__(self, prefix: str) -> None:
        self._last = f"{prefix}-last"
        self._wanted = f"{prefix}-renamed-"
        self._heard = time.monotonic()
        self.names: list[str] = []
        self.ends: list[dict[str, object]] = []
        self.cursor = ""
        self.longest_silence = 0.0

    def take(self, step: user_pb2.WatchUsersResponse) -> bool:
        """Whether that was the last."""
        now = time.monotonic()
        if not self.cursor:
            print("started", flush=True)
        else:
            self.longest_silence = max(self.longest_silence, now - self._heard)
        self._heard, self.cursor = now, step.cursor
        names = [change.updated.username for change in step.changes]
        self.names += [name for name in names if name.startswith(self._wanted)]
        return self._last in names


async def main(prefix: str) -> None:
    seen = Seen(prefix)
    async with grpc.aio.insecure_channel(SIDECAR) as channel:
        directory = user_pb2_grpc.UserDirectoryStub(channel)
        while not await follow(directory, seen):
            await asyncio.sleep(PAUSE_SECONDS)
    print(json.dumps({"names": seen.names, "ends": seen.ends, "longest_silence_seconds": seen.longest_silence}))


async def follow(directory: user_pb2_grpc.UserDirectoryAsyncStub, seen: Seen) -> bool:
    """One stream to its end; whether all has been told."""
    try:
        async for step in directory.WatchUsers(user_pb2.WatchUsersRequest(after_cursor=seen.cursor)):
            if seen.take(step):
                return True
    except grpc.aio.AioRpcError as error:
        seen.ends.append(told(error))
    else:
        seen.ends.append({"code": "OK"})
    return False


def told(error: grpc.aio.AioRpcError) -> dict[str, object]:
    """The status that a stream ended with: its code, and what its details say to a program."""
    trailers = dict(error.trailing_metadata() or ())
    status = Status.FromString(bytes(trailers.get("grpc-status-details-bin", b"")))
    details = {detail.TypeName(): detail.value for detail in status.details}
    return {
        "code": error.code().name,
        "reason": ErrorInfo.FromString(details.get("google.rpc.ErrorInfo", b"")).reason,
        "retry": "google.rpc.RetryInfo" in details,
        "message": error.details(),
    }


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

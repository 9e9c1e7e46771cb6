"""One HTTP/1.1 request, with all that its answer says."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Response:
    """Header names are in lower case; a header that came twice has both values."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"].startswith("application/json"), (self.headers, self.body)
        return json.loads(self.body)


def request(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    missing: int = 0,
) -> Response:
    """missing: bytes that are announced beyond the body and never come."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("content-length", str(len(body) + missing))
        connection.endheaders(body)
        answer = connection.getresponse()
        received: dict[str, str] = {}
        for name, value in answer.getheaders():
            received[name.lower()] = f"{received[name.lower()]}, {value}" if name.lower() in received else value
        return Response(answer.status, received, answer.read())
    finally:
        connection.close()


def post_json(port: int, path: str, body: Any, **headers: str) -> Response:
    """A body that is bytes goes as it is; header names have hyphens for underscores."""
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(port, "POST", path, encoded, {"content-type": "application/json", **named})

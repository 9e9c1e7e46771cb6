"""Whether a stack works from end to end: asked through its front door, as a browser would."""

import http.client
import json
from contextlib import closing

_TIMEOUT_SECONDS = 2.0
_QUESTIONS = (
    ("POST", "/user.UserService/ListUsers", {"pageSize": 1}),
    ("POST", "/note.NoteService/ListNotes", {"pageSize": 1}),
    ("GET", "/", None),
    # Last: calls reach a service that has just begun before the front door's next check of it.
    ("GET", "/health", None),
)


def healthy(host: str, port: int) -> bool:
    """True when both services answer from their databases, the app's page is there, and the front door says so too."""
    return all(_answers(host, port, *question) for question in _QUESTIONS)


def _answers(host: str, port: int, method: str, path: str, message: dict[str, int] | None) -> bool:
    body = None if message is None else json.dumps(message)
    headers = {"accept": "text/html"} if body is None else {"content-type": "application/json"}
    with closing(http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)) as connection:
        try:
            connection.request(method, path, body, headers)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

from typing import Any

import pytest

GOOD = {
    ":authority": "notes.example:8080",
    ":path": "/note.NoteService/GetNote",
    "x-forwarded-proto": "https",
    "sec-websocket-protocol": "chat, grpc-websockets",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
def refusal(lua: Any, require: Any) -> Any:
    """The status that the good upgrade gets with these headers changed; None takes one away."""

    def status(changes: dict[str, str | None], *, http1: bool = True) -> bytes | None:
        headers = {**GOOD, **changes}

        def get(name: bytes) -> bytes | None:
            value = headers.get(name.decode())
            return None if value is None else value.encode()

        allowed = lua.table(lua.table_from({b"exact": b"https://other.example"}))
        result = require("websocket.handshake").refusal(get, http1, allowed)
        return bytes(result[0]) if result else None

    return status


@pytest.mark.parametrize(
    "origin", [None, "https://notes.example:8080", "HTTPS://Notes.Example:8080", "https://other.example"]
)
def test_lets_in_the_same_origin_those_on_the_list_and_what_is_no_browser(refusal: Any, origin: str | None) -> None:
    assert refusal({"origin": origin}) is None


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "https://evil.example", "http://notes.example:8080", "https://notes.example"),
        *("https://notes.example:8080.evil.example", "https://evil.example/https://notes.example:8080"),
    ],
)
def test_refuses_every_other_origin(refusal: Any, origin: str) -> None:
    assert refusal({"origin": origin}) == b"403"


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        (b"400", "sec-websocket-protocol", None),
        (b"400", "sec-websocket-protocol", "chat"),
        (b"426", "sec-websocket-version", "8"),
        (b"426", "sec-websocket-version", None),
        (b"400", "sec-websocket-key", None),
        (b"400", "sec-websocket-key", "short"),
        (b"400", "sec-websocket-key", "dGhlIHNhbXBsZSBub25j Q=="),
    ],
)
def test_refuses_an_upgrade_that_is_not_of_this_protocol(
    refusal: Any, status: bytes, name: str, value: str | None
) -> None:
    assert refusal({name: value}) == status


@pytest.mark.parametrize("path", ["/", "/note.NoteService", "/a/b/c", "/a/b?x=1", "/a/../b", "/a/b%2f"])
def test_refuses_a_path_that_names_no_method(refusal: Any, path: str) -> None:
    assert refusal({":path": path}) == b"404"


def test_wants_a_key_over_http_1_alone(refusal: Any) -> None:
    assert refusal({"sec-websocket-key": None}, http1=False) is None

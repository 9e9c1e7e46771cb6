from typing import Any

import pytest


def parsed(require: Any, text: bytes) -> list[tuple[bytes, bytes]] | None:
    result = require("websocket.metadata").parse(text)
    fields = result[0] if isinstance(result, tuple) else result
    return None if fields is None else [(field[1], field[2]) for field in fields.values()]


def test_gives_the_fields_in_order_with_names_in_lower_case(require: Any) -> None:
    text = b"Authorization: Bearer a b\r\nx-empty:\r\ntrace-bin: AAEC=\r\nmy_key: 1\r\n"
    assert parsed(require, text) == [
        (b"authorization", b"Bearer a b"),
        (b"x-empty", b""),
        (b"trace-bin", b"AAEC="),
        (b"my_key", b"1"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("host", "Connection", "te", "transfer-encoding", "upgrade", "cookie", "origin", "user-agent", "x-grpc-web"),
        *(
            "content-type",
            "content-length",
            "x-request-id",
            "x-forwarded-for",
            "x-envoy-original-path",
            "sec-fetch-mode",
        ),
        *("grpc-status", "proxy-authorization"),
    ],
)
def test_leaves_out_what_a_client_may_not_say(require: Any, name: str) -> None:
    assert parsed(require, f"{name}: evil\r\nx-mine: good\r\n".encode()) == [(b"x-mine", b"good")]


@pytest.mark.parametrize(
    "text",
    [b":path: /admin\r\n", b"no colon\r\n", b"a b: c\r\n", b"x: caf\xc3\xa9\r\n", b"x: \0\r\n", bytes(range(256))],
)
def test_refuses_what_is_no_field(require: Any, text: bytes) -> None:
    assert parsed(require, text) is None


def test_takes_64_fields_and_no_more(require: Any) -> None:
    lines = [f"x-{number}: y\r\n" for number in range(65)]
    assert len(parsed(require, "".join(lines[:64]).encode()) or []) == 64
    assert parsed(require, "".join(lines).encode()) is None

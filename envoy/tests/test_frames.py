import random
from typing import Any

import pytest

from tests.websocket_frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame


class Reader:
    """A reader, and all that it has told its listener."""

    def __init__(self, lua: Any, require: Any, limit: int = 1_000_000) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self._message = b""
        listener = lua.table_from(
            {
                b"on_data": self._on_data,
                b"on_ping": lambda _, payload: self.heard.append(("ping", payload)),
                b"on_pong": lambda _, payload: self.heard.append(("pong", payload)),
                b"on_close": lambda _, code: self.heard.append(("close", code)),
                b"on_violation": lambda _, code, reason: self.heard.append(("violation", code)),
            }
        )
        self._reader = require("websocket.frames").reader(listener, limit)

    def _on_data(self, _: object, part: bytes, final: bool) -> None:
        self._message += part
        if final:
            self.heard.append(("message", self._message))
            self._message = b""

    def feed(self, *pieces: bytes) -> list[tuple[Any, ...]]:
        for piece in pieces:
            self._reader.feed(self._reader, piece)
        return self.heard


@pytest.fixture
def reader(lua: Any, require: Any) -> Reader:
    return Reader(lua, require)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 125, 126, 127, 65535, 65536, 200_000])
def test_reads_a_message_of_any_length(reader: Reader, length: int) -> None:
    payload = random.Random(length).randbytes(length)
    assert reader.feed(frame(BINARY, payload)) == [("message", payload)]


def test_reads_the_same_however_the_network_cuts_it(lua: Any, require: Any) -> None:
    stream = b"".join(
        [
            frame(BINARY, b"one"),
            frame(BINARY, b"tw", final=False),
            frame(PING, b"still there?"),
            frame(CONTINUATION, b"o" * 300, final=False),
            frame(CONTINUATION, b"!"),
            frame(PONG, b""),
            frame(BINARY, b""),
            frame(CLOSE, b"\x03\xe8bye"),
        ]
    )
    expected = [
        ("message", b"one"),
        ("ping", b"still there?"),
        ("message", b"tw" + b"o" * 300 + b"!"),
        ("pong", b""),
        ("message", b""),
        ("close", 1000),
    ]
    assert Reader(lua, require).feed(*(stream[at : at + 1] for at in range(len(stream)))) == expected
    for cut in range(len(stream)):
        assert Reader(lua, require).feed(stream[:cut], stream[cut:]) == expected


def test_passes_on_the_part_of_a_message_that_is_there(lua: Any, require: Any) -> None:
    parts: list[bytes] = []
    listener = lua.table_from({b"on_data": lambda _, part, final: parts.append(part)})
    reader = require("websocket.frames").reader(listener, 1000)
    reader.feed(reader, frame(BINARY, b"x" * 500)[:-100])
    assert parts == [b"x" * 400]


@pytest.mark.parametrize(
    "bad",
    [
        frame(BINARY, b"x", masked=False),
        frame(BINARY, b"x", reserved=4),
        frame(3, b"x"),
        frame(11, b"x"),
        frame(CONTINUATION, b"x"),
        frame(BINARY, final=False) + frame(BINARY, b"x"),
        frame(PING, b"x", final=False),
        frame(PING, b"x" * 126),
    ],
    ids=[
        "unmasked",
        "reserved bit",
        "unknown data",
        "unknown control",
        "continues nothing",
        "not continued",
        "control in parts",
        "long control",
    ],
)
def test_reads_no_more_when_the_framing_is_broken(reader: Reader, bad: bytes) -> None:
    heard = reader.feed(bad, frame(BINARY, b"more"))
    assert heard == [("violation", 1002)]


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        (1003, frame(TEXT, b"x")),
        (1009, frame(BINARY, b"x" * 1_000_001)),
        (1009, frame(BINARY, b"x" * 999_999, final=False) + frame(CONTINUATION, b"xx")),
    ],
    ids=["text", "one frame", "two frames"],
)
def test_refuses_text_and_what_is_too_long_but_still_finds_the_close(reader: Reader, code: int, bad: bytes) -> None:
    heard = reader.feed(bad, frame(CLOSE, b"\x03\xe8"))
    assert (heard[0], heard[-1]) == (("violation", code), ("close", 1000))


def test_refuses_a_length_as_soon_as_it_is_announced(reader: Reader) -> None:
    assert reader.feed(frame(BINARY, length=2**63)) == [("violation", 1009)]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", 1000),
        (b"\x03\xe8", 1000),
        (b"\x03\xe9gone", 1001),
        (b"\x0b\xb8", 3000),
        (b"\x13\x87", 4999),
        (b"\x03", 1002),
        (b"\0\x63", 1002),
        (b"\x03\xed", 1002),
        (b"\x03\xee", 1002),
        (b"\x13\x88", 1002),
    ],
)
def test_takes_the_code_of_a_close_or_says_that_it_is_none(reader: Reader, payload: bytes, code: int) -> None:
    assert reader.feed(frame(CLOSE, payload)) == [("close", code)]


def test_writes_each_length_as_a_client_reads_it(require: Any) -> None:
    encode = require("websocket.frames").encode
    assert encode(BINARY, b"x" * 125) == b"\x82\x7d" + b"x" * 125
    assert encode(BINARY, b"x" * 126) == b"\x82\x7e\0\x7e" + b"x" * 126
    assert encode(BINARY, b"x" * 65536) == b"\x82\x7f\0\0\0\0\0\1\0\0" + b"x" * 65536


def test_cuts_a_reason_to_what_a_close_frame_holds(require: Any) -> None:
    assert require("websocket.frames").close(1002, b"r" * 300) == b"\x88\x7d\x03\xea" + b"r" * 123

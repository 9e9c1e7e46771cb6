import struct
from typing import Any

import pytest

from tests.websocket_frames import BINARY, CLOSE, PING, PONG, TEXT, frame

DATA, HEADERS, RST_STREAM, SETTINGS, PING_FRAME, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
METADATA = frame(BINARY, b"x-mine: 1\r\n")
OK = b"\x80" + struct.pack(">I", 16) + b"grpc-status: 0\r\n"


def http2_frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 1) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Session:
    """A session whose two ends are spoken to in frames."""

    def __init__(self, lua: Any, require: Any) -> None:
        self._session = require("websocket.session").new(b"/a.B/C", b"host", lua.table())

    def client_sends(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """What goes on to the server: kind, flags and payload of HTTP/2 frames."""
        out = self._session.from_client(self._session, data).removeprefix(PREFACE)
        frames, at = [], 0
        while at < len(out):
            payload = at + 9
            end = payload + int.from_bytes(out[at : at + 3], "big")
            frames.append((out[at + 3], out[at + 4], out[payload:end]))
            at = end
        return frames

    def server_sends(self, data: bytes, *, final: bool = False) -> list[tuple[int, bytes]]:
        """What goes on to the client: opcode and payload of WebSocket frames."""
        out = self._session.from_server(self._session, data, final)
        frames = []
        while out:
            length, head = out[1], 2
            if length == 126:
                length, head = int.from_bytes(out[2:4], "big"), 4
            frames.append((out[0] & 15, out[head : head + length]))
            out = out[head + length :]
        return frames


@pytest.fixture
def session(lua: Any, require: Any) -> Session:
    return Session(lua, require)


def kinds(frames: list[tuple[int, int, bytes]]) -> list[int]:
    return [kind for kind, _, _ in frames]


def close(code: int, reason: bytes = b"") -> tuple[int, bytes]:
    return CLOSE, struct.pack(">H", code) + reason


def test_opens_the_call_with_message_0_and_no_sooner(session: Session) -> None:
    assert session.client_sends(METADATA[:5]) == []
    assert kinds(session.client_sends(METADATA[5:])) == [SETTINGS, WINDOW_UPDATE, SETTINGS, HEADERS]


def test_passes_messages_on_without_their_kind_and_then_half_closes(session: Session) -> None:
    session.client_sends(METADATA)
    assert session.client_sends(frame(BINARY, b"\0grpc")) == [(DATA, 0, b"grpc")]
    assert session.client_sends(frame(BINARY, b"\1")) == [(DATA, 1, b"")]


def test_ends_a_call_that_went_well_with_a_normal_close(session: Session) -> None:
    session.client_sends(METADATA)
    assert session.server_sends(http2_frame(DATA, OK, flags=1)) == [(BINARY, OK), close(1000)]


def test_waits_for_the_client_to_answer_a_close_and_then_ends_the_connection(session: Session) -> None:
    session.client_sends(METADATA)
    session.server_sends(http2_frame(DATA, OK, flags=1))
    assert session.client_sends(frame(BINARY, b"\0too late")) == []
    assert session.client_sends(frame(CLOSE, b"\x03\xe8")) == [(DATA, 0, b"")]
    assert session.server_sends(b"", final=True) == []


def test_cancels_the_call_at_once_when_the_client_closes_and_echoes_its_code(session: Session) -> None:
    session.client_sends(METADATA)
    assert session.client_sends(frame(CLOSE, b"\x0f\xa1")) == [(DATA, 0, b"")]
    assert session.server_sends(http2_frame(GOAWAY, b"\0" * 7 + b"\1", stream=0)) == [close(4001)]


def test_resets_the_call_on_a_violation_and_says_why(session: Session) -> None:
    session.client_sends(METADATA)
    frames = session.client_sends(frame(BINARY, b"\7"))
    assert kinds(frames) == [RST_STREAM, PING_FRAME]
    assert session.client_sends(frame(BINARY, b"\0more")) == []
    pong = http2_frame(PING_FRAME, frames[1][2], flags=1, stream=0)
    assert session.server_sends(pong) == [close(1003, b"unknown kind of message")]


def test_finds_the_goodbye_of_a_client_that_sent_text_or_too_much(session: Session) -> None:
    session.client_sends(METADATA)
    ping = session.client_sends(frame(TEXT, b"x"))[1][2]
    assert session.server_sends(http2_frame(PING_FRAME, ping, flags=1, stream=0)) == [
        close(1003, b"binary messages only")
    ]
    assert session.client_sends(frame(BINARY, b"\0" * 5_000_000)) == []
    assert session.client_sends(frame(CLOSE, b"\x03\xe8")) == [(DATA, 0, b"")]


@pytest.mark.parametrize("message", [b"", b"\1x"])
def test_refuses_an_empty_message_and_a_finish_that_carries_one(session: Session, message: bytes) -> None:
    session.client_sends(METADATA)
    assert kinds(session.client_sends(frame(BINARY, message))) == [RST_STREAM, PING_FRAME]


def test_answers_pings_one_at_a_time_with_the_latest_payload(session: Session) -> None:
    sent = session.client_sends(METADATA + b"".join(frame(PING, b"%d" % number) for number in range(3000)))
    assert kinds(sent).count(PING_FRAME) == 1
    assert session.server_sends(http2_frame(PING_FRAME, sent[-1][2], flags=1, stream=0)) == [(PONG, b"2999")]


def test_answers_a_ping_that_comes_before_message_0(session: Session) -> None:
    assert kinds(session.client_sends(frame(PING, b"early"))) == [SETTINGS, WINDOW_UPDATE, SETTINGS, PING_FRAME]


def test_asks_the_client_when_the_server_asks_whether_it_is_there(session: Session) -> None:
    session.client_sends(METADATA)
    assert session.server_sends(http2_frame(PING_FRAME, b"12345678", stream=0)) == [(PING, b"12345678")]
    assert session.client_sends(frame(PONG, b"12345678")) == [(PING_FRAME, 1, b"12345678")]
    assert session.client_sends(frame(PONG, b"12345678")) == []


class TestAServiceThatReadsTooSlowly:
    CHUNK = frame(BINARY, b"\0" + b"x" * 4_000_000)

    def test_ends_the_call_with_resource_exhausted(self, session: Session) -> None:
        session.client_sends(METADATA + self.CHUNK * 8)
        sent = session.client_sends(self.CHUNK)
        assert kinds(sent) == [RST_STREAM, PING_FRAME]
        told = session.server_sends(http2_frame(PING_FRAME, sent[1][2], flags=1, stream=0))
        assert b"grpc-status: 8\r\n" in told[0][1]
        assert told[1] == close(1013, b"the service reads too slowly")

    def test_gets_more_once_it_has_read(self, session: Session) -> None:
        session.client_sends(METADATA + self.CHUNK * 8)
        first = http2_frame(WINDOW_UPDATE, struct.pack(">I", 33554432 - 65535), stream=0)
        read = struct.pack(">I", 8_000_000)
        session.server_sends(first + http2_frame(WINDOW_UPDATE, read, stream=0) + http2_frame(WINDOW_UPDATE, read))
        assert set(kinds(session.client_sends(self.CHUNK))) == {DATA}

    def test_is_not_told_in_the_middle_of_a_message_to_the_client(self, session: Session) -> None:
        session.client_sends(METADATA)
        session.server_sends(http2_frame(DATA, b"\0\0\0\0\x09half"))
        sent = session.client_sends(self.CHUNK * 9)
        assert session.server_sends(http2_frame(PING_FRAME, sent[-1][2], flags=1, stream=0)) == [
            close(1013, b"the service reads too slowly")
        ]


@pytest.mark.parametrize(
    "end", [http2_frame(RST_STREAM, b"\0\0\0\2"), http2_frame(HEADERS, b"", flags=5), http2_frame(DATA, b"", flags=1)]
)
def test_says_unavailable_when_the_service_breaks_off(session: Session, end: bytes) -> None:
    session.client_sends(METADATA)
    told = session.server_sends(end)
    assert b"grpc-status: 14\r\n" in told[0][1]
    assert told[1] == close(1011, b"the service broke off the call")


def test_closes_when_no_metadata_came_in_time(session: Session) -> None:
    assert session.server_sends(b"", final=True) == [close(1008, b"no metadata in time")]


def test_reads_the_server_however_the_frames_are_cut(lua: Any, require: Any) -> None:
    stream = (
        http2_frame(SETTINGS, b"\0\3\0\0\0\1", stream=0)
        + http2_frame(HEADERS, b"h" * 40, flags=4)
        + http2_frame(WINDOW_UPDATE, b"\0\0\1\0")
        + http2_frame(DATA, b"\0\0\0\0\2ab")
        + http2_frame(PING_FRAME, b"12345678", stream=0)
        + http2_frame(DATA, OK, flags=1)
    )
    for cut in range(len(stream)):
        session = Session(lua, require)
        session.client_sends(METADATA)
        told = session.server_sends(stream[:cut]) + session.server_sends(stream[cut:])
        assert b"".join(payload for opcode, payload in told if opcode == BINARY) == b"\0\0\0\0\2ab" + OK
        assert told[-1] == close(1000)

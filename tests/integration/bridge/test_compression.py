"""Answers to browsers come compressed through the front door; what native clients get, and what is small, does not."""

from __future__ import annotations

import gzip
import http.client
import time
import zlib
from itertools import pairwise
from typing import Any

import grpc
import pytest

from tests.integration.bridge.grpc_websocket import framed
from tests.integration.bridge.http import post_json, request
from tests.integration.bridge.stack import Stack

ECHO = "/note.test.Echo"
WEB = {"content-type": "application/grpc-web+proto", "accept-encoding": "gzip"}
LONG = "a list of notes " * 1000


def test_a_long_json_answer_is_compressed_for_who_takes_it(stack: Stack) -> None:
    body = {"username": LONG, "email": "bob@example.com"}
    plain = post_json(stack.door, "/user.UserService/CreateUser", body)
    compressed = post_json(stack.door, "/user.UserService/CreateUser", body, accept_encoding="gzip, br")
    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in compressed.headers["vary"].lower()
    assert gzip.decompress(compressed.body) == plain.body
    assert len(compressed.body) < len(plain.body) / 4


def test_a_short_json_answer_stays_as_it_is(stack: Stack) -> None:
    answer = post_json(stack.door, "/user.UserService/CreateUser", {"username": "bob"}, accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert answer.json["username"] == "bob"


def test_a_grpc_web_answer_is_compressed(stack: Stack, message: Any) -> None:
    body = framed(message(text=LONG))
    plain = request(stack.door, "POST", f"{ECHO}/Unary", body, {"content-type": WEB["content-type"]})
    compressed = request(stack.door, "POST", f"{ECHO}/Unary", body, WEB)
    assert compressed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == plain.body
    assert b"grpc-status:0" in plain.body


def test_each_message_of_a_stream_comes_at_once_although_it_is_compressed(stack: Stack, message: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.door, timeout=20)
    try:
        connection.request("POST", f"{ECHO}/ServerStream", framed(message(text=LONG, count=3, pause_ms=500)), WEB)
        answer = connection.getresponse()
        assert answer.headers["content-encoding"] == "gzip"
        arrivals: list[float] = []
        unzip, text = zlib.decompressobj(wbits=31), b""
        while piece := answer.read1():
            text += unzip.decompress(piece)
            if text.count(LONG.encode()) > len(arrivals):
                arrivals.append(time.monotonic())
    finally:
        connection.close()
    assert len(arrivals) == 3
    assert all(later - earlier > 0.25 for earlier, later in pairwise(arrivals))


@pytest.mark.parametrize("encoding", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_native_clients_keep_the_compression_of_grpc(stack: Stack, message: Any, encoding: grpc.Compression) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{stack.door}", compression=encoding) as channel:
        unary: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(
            f"{ECHO}/Unary", lambda request: request.SerializeToString(), message().__class__.FromString
        )
        answer, call = unary.with_call(message(text=LONG), metadata=(("accept-encoding", "gzip"),), timeout=20)
    assert answer.text == LONG
    assert "content-encoding" not in dict(call.initial_metadata())

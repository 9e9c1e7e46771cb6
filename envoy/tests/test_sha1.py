import base64
import hashlib
from typing import Any

import pytest


@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_agrees_with_another_implementation_around_the_block_size(require: Any, length: int) -> None:
    text = (bytes(range(256)) * 4)[:length]
    assert require("websocket.sha1")(text) == hashlib.sha1(text, usedforsecurity=False).digest()


def test_the_handshake_answers_as_rfc_6455_shows(require: Any) -> None:
    accept = require("websocket.handshake").accept(b"dGhlIHNhbXBsZSBub25jZQ==")
    assert base64.b64encode(accept) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

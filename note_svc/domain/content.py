"""The content of a note: plain text of many lines."""

from typing import NamedTuple

from note_svc.domain.snippet import snippet_of
from service_kit.text import block_fault, normalize_newlines

MAX_BYTES = 1024 * 1024


class Content(NamedTuple):
    """A content, its length in UTF-8 and what a list shows of it."""

    text: str
    size: int
    snippet: str

    @classmethod
    def of(cls, text: str) -> "Content":
        """From a text that has no fault; CRLF becomes LF."""
        normal = normalize_newlines(text)
        return cls(normal, len(normal.encode()), snippet_of(normal))


def content_fault(text: str) -> str | None:
    """What is wrong with a content that a client sent; None when nothing is."""
    return block_fault(normalize_newlines(text), maximum_bytes=MAX_BYTES)

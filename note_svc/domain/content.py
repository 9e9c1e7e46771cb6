"""The content of a note: plain text of many lines."""

from typing import NamedTuple

from service_kit.text import block_fault, normalize_newlines

MAX_BYTES = 1024 * 1024
SNIPPET_CHARACTERS = 200


class Content(NamedTuple):
    """A content, its length in UTF-8 and its beginning on one line."""

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


def snippet_of(text: str) -> str:
    """The beginning of a text, each run of white space as one space, at most 200 characters."""
    # This many words and the spaces between them fill a snippet even when each word is one character.
    words = text.split(maxsplit=SNIPPET_CHARACTERS // 2 + 1)[: SNIPPET_CHARACTERS // 2 + 1]
    return " ".join(words)[:SNIPPET_CHARACTERS].rstrip()

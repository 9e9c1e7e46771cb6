"""The title of a note: one line, may be empty."""

from typing import NamedTuple

from service_kit.text import line_fault

MAX_CHARACTERS = 200


class Title(NamedTuple):
    """A title and the key that lists are ordered by: any letter case sorts the same."""

    text: str
    key: str

    @classmethod
    def of(cls, text: str) -> "Title":
        return cls(text, text.casefold())


def title_fault(text: str) -> str | None:
    """What is wrong with a title that a client sent; None when nothing is."""
    return line_fault(text, maximum=MAX_CHARACTERS)

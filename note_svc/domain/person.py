"""A user, as much of one as a note shows."""

from typing import NamedTuple


class Person(NamedTuple):
    """Who owns a note or has it shared. The id is in lower case with hyphens."""

    id: str
    username: str
    email: str

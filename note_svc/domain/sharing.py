"""Why a note is not shared with somebody."""

from enum import Enum, auto


class Refusal(Enum):
    """A share that did not come about."""

    NO_NOTE = auto()
    USER_DELETED = auto()
    OWNER = auto()
    SHARED_ALREADY = auto()
    TOO_MANY = auto()

"""Where note_svc stands in the feed of users."""

from typing import NamedTuple

from service_kit.errors import Aborted


class FeedPosition(NamedTuple):
    """How far the feed was read, or is applied.

    `cursor` tells in which history the position counts: the user directory gave it, there or a little further on; empty
    where it gave none. `generation` counts how often the
    feed was begun anew, and `begun_anew` says that the last time is not dealt with yet.
    """

    position: int
    cursor: str
    generation: int
    begun_anew: bool


class FeedBegunAnew(Aborted):
    """A replica has begun the feed anew: what was read before counts no more."""

    reason = "FEED_BEGUN_ANEW"

    def __init__(self) -> None:
        super().__init__("the feed of users was begun anew")

"""A feed as its followers know it: steps of changes, and cursors to go on from.

A position is a number, and says nothing about which history it counts in: a database that is restored from a backup
gives the numbers after it a second time. Each move of a feed's head therefore leaves a random mark, and a cursor
carries the first mark at or after its position. Whoever took part in another history has a mark that is not there.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Generic, NamedTuple, Self, TypeVar
from uuid import UUID

from service_kit.errors import InvalidArgument, OutOfRange

_POSITION_BYTES = 8
_MARK_BYTES = 16

Row = TypeVar("Row")


class ForeignCursor(OutOfRange):
    """The feed never was at the cursor, or forgets by now that it was: too old, or of a history that is gone."""

    reason = "FOREIGN_CURSOR"

    def __init__(self) -> None:
        super().__init__("the feed has no such cursor: begin anew")


class Cursor(NamedTuple):
    """Where a follower stands: everything up to the position, in the history that has the mark."""

    position: int
    mark: UUID

    def __str__(self) -> str:
        """Opaque text of 32 characters that may stand in a URL."""
        raw = self.position.to_bytes(_POSITION_BYTES) + self.mark.bytes
        return base64.urlsafe_b64encode(raw).decode()

    @classmethod
    def parse(cls, text: str, field: str) -> Self:
        """Reads what `str` gave. Raises InvalidArgument, naming the field, for anything else."""
        try:
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raw = b""
        if len(raw) == _POSITION_BYTES + _MARK_BYTES:
            cursor = cls(int.from_bytes(raw[:_POSITION_BYTES]), UUID(bytes=raw[_POSITION_BYTES:]))
            # A position is an int64 in the database and in the contract.
            if cursor.position < 1 << 63 and str(cursor) == text:
                return cursor
        raise InvalidArgument.of(field, "is not a cursor")


class Step(NamedTuple, Generic[Row]):
    """The changes from one cursor to another, in order; without any it is a heartbeat.

    `complete` says that the feed had nothing more when this was read.
    """

    start: Cursor
    changes: Sequence[Row]
    cursor: Cursor
    complete: bool

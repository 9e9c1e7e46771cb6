"""Identifiers: UUIDv7 (RFC 9562), in lower case with hyphens."""

import re
from uuid import UUID

from uuid_utils.compat import uuid7

from service_kit.errors import InvalidArgument

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_V7 = 7


def new_id() -> UUID:
    """A new id, greater than the ones this process made before."""
    return uuid7()


def parse_id(text: str, field: str = "id") -> UUID | None:
    """The id that the text names; None when it names nothing that could exist.

    Upper case is accepted. Raises InvalidArgument when the text is empty.
    """
    if not text:
        raise InvalidArgument.of(field, "is required")
    lowered = text.lower()
    return UUID(lowered) if _CANONICAL.fullmatch(lowered) else None


def new_id_fault(text: str) -> str | None:
    """Checks an id that a client chose: a UUIDv7 in lower case with hyphens."""
    if _CANONICAL.fullmatch(text) is None or UUID(text).version != _V7:
        return "must be a UUIDv7 in lower case with hyphens"
    return None

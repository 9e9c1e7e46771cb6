"""Pages of a list: sizes, numbers, totals and opaque page tokens.

A token holds the keys of the last row shown (keyset paging) and is bound to the order and filter of its list by a
digest, so that it means nothing elsewhere. It grants nothing, and therefore is no secret.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from uuid import UUID

from service_kit.errors import Violations
from service_kit.text import line_fault

TOTAL_LIMIT = 10_000
DEFAULT_SIZE = 20
MAX_SIZE = 100
# Rows that PostgreSQL would read and drop for a page number; a page beyond is empty without asking.
MAX_OFFSET = 1_000_000

_MAX_TOKEN = 2_048
_DIGEST = 8
_INT64 = 2**63

Key = int | str | UUID


class Total(NamedTuple):
    """How many rows a list has: exact up to 10,000, else 10,000 and `is_minimum`."""

    rows: int
    is_minimum: bool

    @classmethod
    def of(cls, counted: int) -> Self:
        """From a count that stopped at TOTAL_LIMIT + 1 or later."""
        return cls(min(counted, TOTAL_LIMIT), counted > TOTAL_LIMIT)


def page_size(requested: int, violations: Violations, *, default: int = DEFAULT_SIZE, maximum: int = MAX_SIZE) -> int:
    """The size that a request means: 0 is the default, above the maximum is the maximum, negative is a fault."""
    if requested < 0:
        violations.add("page_size", "must not be negative")
    return min(requested or default, maximum)


def page_offset(page: int, size: int, violations: Violations) -> int | None:
    """Rows before a page counted from 1; 0 means 1. None: the page is so far out that it counts as empty."""
    if page < 0:
        violations.add("page", "must not be negative")
    offset = (max(page, 1) - 1) * size
    return offset if offset <= MAX_OFFSET else None


def encode_token(binding: str, *keys: Key) -> str:
    """A token for the rows after the one with these keys. `binding` names the order and filter it belongs to."""
    plain = [str(key) if isinstance(key, UUID) else key for key in keys]
    payload = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return _base64url(_digest(binding, payload) + payload)


def decode_token(token: str, binding: str, violations: Violations, *types: type[Key]) -> tuple[Any, ...] | None:
    """The keys in a token, one of each type in order; None when there is no token.

    A token that is not of this list is noted as a fault of the field page_token, and gives None too.
    """
    if not token:
        return None
    try:
        return _decode(token, binding, types)
    except (ValueError, RecursionError):
        violations.add("page_token", "is not a token of this list in this order")
        return None


def _decode(token: str, binding: str, types: Sequence[type[Key]]) -> tuple[Key, ...]:
    if len(token) > _MAX_TOKEN:
        raise ValueError("too long")
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    # The decoder skips foreign characters; a token has one spelling.
    if _base64url(raw) != token:
        raise ValueError("not base64url")
    digest, payload = raw[:_DIGEST], raw[_DIGEST:]
    if digest != _digest(binding, payload):
        raise ValueError("of another list")
    values = json.loads(payload)
    if not isinstance(values, list) or len(values) != len(types):
        raise ValueError("other keys")
    return tuple(_key(value, wanted) for value, wanted in zip(values, types, strict=True))


def _key(value: object, wanted: type[Key]) -> Key:
    if wanted is int and type(value) is int and -_INT64 <= value < _INT64:
        return value
    if wanted is UUID and isinstance(value, str):
        return UUID(value)
    if wanted is str and isinstance(value, str) and line_fault(value, maximum=_MAX_TOKEN) is None:
        # JSON can spell a lone surrogate, which UTF-8 cannot.
        value.encode()
        return value
    raise ValueError("another type")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _digest(binding: str, payload: bytes) -> bytes:
    return hashlib.blake2b(binding.encode() + b"\0" + payload, digest_size=_DIGEST).digest()

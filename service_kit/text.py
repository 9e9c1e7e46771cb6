"""Checks of strings that come from a request. Each gives a description of the fault, or None."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LAYOUT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def line_fault(value: str, *, maximum: int, minimum: int = 0) -> str | None:
    """Checks a text of one line: no control characters, a length in characters."""
    return _length_fault(value, minimum, maximum) or _control_fault(value, _CONTROL)


def block_fault(value: str, *, maximum_bytes: int) -> str | None:
    """Checks a text of many lines: tab and line feed are its only control characters, its length counts UTF-8 bytes."""
    # A character takes up to four bytes, so most texts need no encoding to be known as short enough.
    if len(value) * 4 > maximum_bytes and len(value.encode()) > maximum_bytes:
        return f"must be at most {maximum_bytes} bytes in UTF-8"
    return _control_fault(value, _CONTROL_BUT_LAYOUT)


def normalize_newlines(value: str) -> str:
    """CRLF becomes LF."""
    return value.replace("\r\n", "\n") if "\r" in value else value


def _length_fault(value: str, minimum: int, maximum: int) -> str | None:
    if len(value) < minimum:
        return "is required" if minimum == 1 else f"must be at least {minimum} characters"
    if len(value) > maximum:
        return f"must be at most {maximum} characters"
    return None


def _control_fault(value: str, forbidden: re.Pattern[str]) -> str | None:
    found = forbidden.search(value)
    if found is None:
        return None
    return f"must not contain the control character U+{ord(found.group()):04X}"

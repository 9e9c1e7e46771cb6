"""A person: the rules for usernames and emails, and when two of them are the same."""

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from service_kit.errors import AlreadyExists, NotFound, Violations
from service_kit.text import line_fault

MAX_USERNAME = 64
MAX_EMAIL = 254

# The library's own way to accept the names of private networks, such as .local and .test.
SPECIAL_USE_DOMAIN_NAMES.clear()

_USERNAME = re.compile(r"[A-Za-z0-9._-]+")


class User(NamedTuple):
    """A person as stored; times are in UTC."""

    id: UUID
    username: str
    email: str
    created_at: datetime
    updated_at: datetime


class Username(NamedTuple):
    """A valid username, and the key that is equal for all its letter cases."""

    text: str
    key: str


class Email(NamedTuple):
    """A valid email address, and the key that is equal for all its letter cases and spellings of the domain."""

    text: str
    key: str


class UserNotFound(NotFound):
    """Nobody has the id."""

    reason = "USER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("user not found")


class UsernameTaken(AlreadyExists):
    """Somebody has the username, in some letter case."""

    reason = "USERNAME_TAKEN"

    def __init__(self) -> None:
        super().__init__("username already exists")


class EmailTaken(AlreadyExists):
    """Somebody has the email, in some letter case."""

    reason = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("email already exists")


def parse_username(text: str, violations: Violations) -> Username:
    """Checks a username: 1 to 64 of A-Z a-z 0-9 . _ -."""
    fault = line_fault(text, minimum=1, maximum=MAX_USERNAME)
    if fault is None and _USERNAME.fullmatch(text) is None:
        fault = "may contain only letters A-Z a-z, digits, '.', '_' and '-'"
    violations.add("username", fault)
    return Username(text, fold(text))


def parse_email(text: str, violations: Violations) -> Email:
    """Checks an email address: RFC 5321 and 6531 form with a dot in the domain, at most 254 characters.

    Nobody asks whether it receives mail, and names that only a private network knows, such as .local, are welcome.
    """
    fault = line_fault(text, minimum=1, maximum=MAX_EMAIL)
    normalized = text
    if fault is None:
        try:
            normalized = validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError:
            fault = "is not an email address"
    violations.add("email", fault)
    return Email(text, fold(normalized))


def fold(text: str) -> str:
    """The same for texts that differ in letter case or Unicode form alone (Unicode's compatibility caseless match)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

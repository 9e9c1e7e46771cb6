import base64
import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.errors import InvalidArgument, Violations
from service_kit.page import MAX_OFFSET, Total, decode_token, encode_token, page_offset, page_size

ID = UUID("01934a5e-7b1c-7def-8123-456789abcdef")
BINDING = "users by username"
printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=300)


@given(st.integers(-(2**63), 2**63 - 1), printable, st.uuids())
def test_a_token_gives_back_its_keys(number: int, text: str, identity: UUID) -> None:
    token = encode_token(BINDING, number, text, identity)

    assert decode_token(token, BINDING, Violations(), int, str, UUID) == (number, text, identity)


def test_no_token_means_the_first_page() -> None:
    violations = Violations()

    assert decode_token("", BINDING, violations, UUID) is None
    assert not violations


def forged(payload: bytes) -> str:
    """A token whose digest is right, around any payload."""
    digest = hashlib.blake2b(BINDING.encode() + b"\0" + payload, digest_size=8).digest()
    return base64.urlsafe_b64encode(digest + payload).rstrip(b"=").decode()


def test_a_forged_token_with_honest_keys_is_a_token() -> None:
    assert decode_token(forged(b"[5]"), BINDING, Violations(), int) == (5,)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "####",
        "é",
        "A" * 5000,
        encode_token("another list", ID),
        encode_token(BINDING, "not an id"),
        encode_token(BINDING, 1),
        encode_token(BINDING, ID, ID),
        encode_token(BINDING, ID)[:-1] + "!",
        encode_token(BINDING, ID)[2:],
        encode_token(BINDING, ID) + "=",
        forged(b"{}"),
        forged(b"[true]"),
        forged(b"[null]"),
        forged(b"\xff"),
        forged(b"[" * 1500),
    ],
)
def test_a_token_of_no_list_is_a_fault(token: str) -> None:
    violations = Violations()

    assert decode_token(token, BINDING, violations, UUID) is None
    with pytest.raises(InvalidArgument) as raised:
        violations.raise_any()
    assert [violation.field for violation in raised.value.violations] == ["page_token"]


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"[9223372036854775808]", int),
        (b'["a\\u0000b"]', str),
        (b'["a\\ud800b"]', str),
        (b'["a\\udfff\\ud800b"]', str),
        (b'["a\xed\xa0\x80b"]', str),
    ],
)
def test_a_key_that_postgresql_would_refuse_is_a_fault(payload: bytes, wanted: type[int | str]) -> None:
    violations = Violations()

    assert decode_token(forged(payload), BINDING, violations, wanted) is None
    assert violations


@pytest.mark.parametrize(("requested", "size"), [(0, 20), (1, 1), (100, 100), (101, 100), (2**31 - 1, 100)])
def test_a_page_size_is_defaulted_and_clamped(requested: int, size: int) -> None:
    assert page_size(requested, Violations()) == size


def test_negative_sizes_and_pages_are_both_faults() -> None:
    violations = Violations()
    page_size(-1, violations)
    page_offset(-1, 20, violations)

    with pytest.raises(InvalidArgument, match="page_size: must not be negative; page: must not be negative"):
        violations.raise_any()


def test_page_numbers_count_from_one() -> None:
    assert [page_offset(page, 20, Violations()) for page in (0, 1, 2, 3)] == [0, 0, 20, 40]


def test_an_absurd_page_has_no_offset() -> None:
    assert page_offset(MAX_OFFSET // 100 + 1, 100, Violations()) == MAX_OFFSET
    assert page_offset(2**31 - 1, 100, Violations()) is None


def test_a_total_is_exact_up_to_its_limit() -> None:
    assert Total.of(10_000) == (10_000, False)
    assert Total.of(10_001) == (10_000, True)

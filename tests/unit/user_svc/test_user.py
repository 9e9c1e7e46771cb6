import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.errors import InvalidArgument, Violations
from user_svc.domain.user import fold, parse_email, parse_username


def fault(parse: object, text: str) -> str | None:
    """The description of what is wrong with a text."""
    violations = Violations()
    assert callable(parse)
    parse(text, violations)
    try:
        violations.raise_any()
    except InvalidArgument as error:
        return error.violations[0].description
    return None


@pytest.mark.parametrize("text", ["a", "alice", "Alice.B-c_9", "x" * 64, "..."])
def test_usernames_of_plain_characters_are_valid(text: str) -> None:
    assert fault(parse_username, text) is None


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "älice", "a@b", "a\n", "a\x00", "\u202ealice", "漢"])
def test_other_usernames_are_not(text: str) -> None:
    assert fault(parse_username, text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "alice@example.com",
        "bob@mail.local",
        "eve@team.test",
        "a+tag@mail.example.org",
        "jörg@bücher.de",
        "用户@例え.jp",
        "o'neil@example.com",
    ],
)
def test_emails_of_the_usual_forms_are_valid(text: str) -> None:
    assert fault(parse_email, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "@example.com",
        "alice@",
        "alice@example",
        "a b@example.com",
        "a@b@c.com",
        "a@example..com",
        "a@-x.com",
        "a\x00@example.com",
        "a@example.com\n",
        "a@" + "x" * 250 + ".com",
        "a@[127.0.0.1]",
        "Alice <a@example.com>",
    ],
)
def test_other_emails_are_not(text: str) -> None:
    assert fault(parse_email, text) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice@example.com", "ALICE@Example.COM"),
        ("jörg@bücher.de", "JÖRG@BÜCHER.DE"),
        ("jo\u0308rg@bücher.de", "jörg@bücher.de"),
        ("straße@example.com", "STRASSE@example.com"),
        ("a@bücher.de", "a@xn--bcher-kva.de"),
        ("ΣΑΣ@example.com", "σας@example.com"),
    ],
)
def test_emails_that_differ_in_case_or_form_alone_have_one_key(one: str, other: str) -> None:
    assert parse_email(one, Violations()).key == parse_email(other, Violations()).key


def test_different_emails_have_different_keys() -> None:
    texts = ["jorg@example.com", "jörg@example.com", "jörg@example.org"]

    assert len({parse_email(text, Violations()).key for text in texts}) == 3


def test_a_username_is_kept_as_it_was_typed() -> None:
    assert parse_username("Alice.B", Violations()) == ("Alice.B", "alice.b")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_no_text_breaks_the_checks(text: str) -> None:
    fault(parse_username, text)
    fault(parse_email, text)

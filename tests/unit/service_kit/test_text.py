import pytest

from service_kit.text import block_fault, line_fault, normalize_newlines


@pytest.mark.parametrize("value", ["", "plain", "Ünïcödé 漢字 😀", "a" * 200])
def test_a_line_within_its_limits_is_accepted(value: str) -> None:
    assert line_fault(value, maximum=200) is None


@pytest.mark.parametrize("control", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f"])
def test_a_line_holds_no_control_character(control: str) -> None:
    fault = line_fault(f"a{control}b", maximum=200)

    assert fault == f"must not contain the control character U+{ord(control):04X}"


def test_the_length_of_a_line_counts_characters() -> None:
    assert line_fault("😀" * 200, maximum=200) is None
    assert line_fault("😀" * 201, maximum=200) == "must be at most 200 characters"


def test_a_line_with_a_minimum_of_one_is_required() -> None:
    assert line_fault("", minimum=1, maximum=200) == "is required"


def test_tab_and_line_feed_are_the_control_characters_of_a_block() -> None:
    assert block_fault("a\tb\nc", maximum_bytes=100) is None
    assert block_fault("a\rb", maximum_bytes=100) == "must not contain the control character U+000D"


def test_the_length_of_a_block_counts_bytes() -> None:
    assert block_fault("é" * 50, maximum_bytes=100) is None
    assert block_fault("é" * 51, maximum_bytes=100) == "must be at most 100 bytes in UTF-8"


def test_crlf_becomes_lf() -> None:
    assert normalize_newlines("a\r\nb\nc\r\n") == "a\nb\nc\n"

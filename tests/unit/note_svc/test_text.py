import json
from pathlib import Path

import pytest

from note_svc.domain.content import MAX_BYTES, Content, content_fault
from note_svc.domain.title import Title, title_fault


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        *map(tuple, json.loads((Path(__file__).parents[2] / "snippets.json").read_text())),
        ("a " * 1_000, ("a " * 100).rstrip()),
        ("x" * 500, "x" * 200),
        (" " * 100_000 + "late", "late"),
        ("é" * 199 + " é", "é" * 199),
    ],
)
def test_a_snippet_is_the_beginning_on_one_line_without_signs(text: str, snippet: str) -> None:
    assert Content.of(text).snippet == snippet


def test_line_ends_become_line_feeds_before_the_length_counts() -> None:
    content = Content.of("a\r\né\r\n")
    assert (content.text, content.size) == ("a\né\n", 5)
    assert content_fault("\r\n" * MAX_BYTES) is None
    assert content_fault("\r\n" * (MAX_BYTES + 1)) is not None
    assert content_fault("a\rb") is not None


def test_titles_sort_the_same_in_any_letter_case() -> None:
    assert Title.of("STRASSE").key == Title.of("straße").key
    assert title_fault("") is None
    assert title_fault("x" * 200) is None
    assert title_fault("x" * 201) is not None
    assert title_fault("a\tb") is not None


def test_the_key_of_the_longest_title_fits_an_index_row() -> None:
    longest = max(len(Title.of(chr(code) * 200).key.encode()) for code in range(0x20, 0x3000))
    # A B-tree takes rows of at most a third of a page.
    assert longest < 2_600

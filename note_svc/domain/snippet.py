"""The beginning of a content as a list shows it: on one line, and without Markdown's signs.

The app makes the same of a text that is not saved yet; `tests/snippets.json` holds both to it.
"""

import re

CHARACTERS = 200
# Characters of the content, so that no text takes long: signs and addresses are left out of them.
_SOURCE = 1_000

_FENCE = re.compile(r"[\s>]*(?:```|~~~)")
_SEPARATOR = re.compile(r"[\s>]*(?:(?:[-_*]\s*){3,}|=+\s*|\|?(?:\s*:?-+:?\s*\|)+[\s:|-]*)$")
_BEGINNING = re.compile(r"(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\[[ xX]\]\s)*")
_SIGN = re.compile(r"[*_`~\[<\\]")
# In this order; what a mark is around has no mark of its kind within.
_INLINE = (
    (re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"<(https?://[^<>\s]+)>"), r"\1"),
    (re.compile(r"(?<!`)(`{1,3})([^`]+)\1(?!`)"), r"\2"),
    (re.compile(r"(?<![\w\\])(\*\*|__|~~)(?=\S)((?:(?!\1).){1,200}?)(?<=[^\s\\])\1(?!\w)", re.ASCII), r"\2"),
    (re.compile(r"(?<![\w*\\])([*_])(?=\S)([^*_]{1,200}?)(?<=[^\s\\])\1(?![\w*])", re.ASCII), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def snippet_of(content: str) -> str:
    """At most 200 characters; each run of white space is one space."""
    in_code, length = False, 0
    shown: list[str] = []
    for line in content.lstrip()[:_SOURCE].split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
            continue
        if in_code:
            words = line.split()
        elif _SEPARATOR.match(line):
            continue
        else:
            words = _plain(line).split()
        shown += words
        length += sum(map(len, words)) + len(words)
        if length > CHARACTERS:
            break
    return " ".join(shown)[:CHARACTERS].rstrip()


def _plain(line: str) -> str:
    beginning = _BEGINNING.match(line)
    text = line[beginning.end() :] if beginning else line
    if text.startswith("|"):
        text = text.replace("|", " ")
    if _SIGN.search(text):
        for mark, instead in _INLINE:
            text = mark.sub(instead, text)
    return text

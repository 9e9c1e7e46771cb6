from uuid import UUID, uuid4

import pytest

from service_kit.errors import InvalidArgument
from service_kit.feed import Cursor


@pytest.mark.parametrize("position", [0, 1, 10**12, 2**63 - 1])
def test_a_cursor_comes_back_from_its_text(position: int) -> None:
    cursor = Cursor(position, uuid4())
    text = str(cursor)
    assert Cursor.parse(text, "after_cursor") == cursor
    assert len(text) == 32
    assert text.replace("-", "").replace("_", "").isalnum()


GOOD = str(Cursor(7, UUID(int=2**128 - 1)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        GOOD[:-1],
        GOOD + "A",
        GOOD + "AAAA",
        GOOD.replace("_", "/", 1),
        " " + GOOD[1:],
        GOOD[:-1] + "\n",
        GOOD[:-1] + "=",
        GOOD[:-1] + "é",
        str(Cursor(2**63, UUID(int=0))),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        Cursor.parse(text, "after_cursor")
    assert [violation.field for violation in refused.value.violations] == ["after_cursor"]

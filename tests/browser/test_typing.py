"""What is typed is what is kept, letter by letter, whoever types how fast and whatever goes wrong meanwhile.

`TYPING_SEEDS=500` types 500 runs instead of 20, `TYPING_SEEDS=40-59` those.
"""

from __future__ import annotations

import os

import pytest

from local.stack import Stack
from tests.browser.app import Person
from tests.browser.conftest import Opener, on_a_laptop
from tests.browser.typist import Plan, typist


def seeds(wanted: str) -> range:
    first, dash, last = wanted.partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


@on_a_laptop
@pytest.mark.parametrize("seed", seeds(os.environ.get("TYPING_SEEDS", "20")))
def test_what_is_typed_at_random_is_what_is_kept(open_window: Opener, stack: Stack, me: Person, seed: int) -> None:
    plan = Plan.of(seed)
    print(plan)
    with typist(plan, stack, me, open_window) as (writer, window):
        writer.run(window)

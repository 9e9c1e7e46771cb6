"""Find in a note, as it is written and as it is read."""

from __future__ import annotations

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop

LINES = 400
MARKED = """(name) => [...(CSS.highlights.get(name) ?? [])].map(String)"""
SELECTED = "(content) => content.getRootNode().getSelection().toString()"


def opened(open_window: Opener, stack: Stack, me: Person) -> Window:
    lines = [f"line {number} with **need**le" if number % 100 == 0 else f"line {number}" for number in range(LINES)]
    window = open_window(me)
    window.open(f"/notes/{new_note(stack, me, 'Haystack', chr(10).join(lines))['id']}")
    expect(window.text).to_be_visible()
    return window


def counted(window: Window, text: str) -> None:
    expect(window.page.get_by_role("search").get_by_role("status")).to_have_text(text)


@on_a_laptop
def test_what_is_written_is_found_beyond_the_screen(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    window.text.click()
    keys = window.page.keyboard
    keys.press("ControlOrMeta+Home")
    keys.press("ControlOrMeta+f")
    expect(window.page.get_by_role("textbox", name="Find", exact=True)).to_be_focused()
    keys.type("WITH")
    counted(window, "1 of 4")
    keys.press("Enter")
    keys.press("Enter")
    counted(window, "3 of 4")
    expect(window.text.get_by_text("line 200 with")).to_be_in_viewport()
    window.picture("finding")
    keys.press("Shift+Enter")
    counted(window, "2 of 4")
    window.button("Match case").click()
    counted(window, "not found")
    window.button("Match case").click()
    counted(window, "2 of 4")
    keys.press("Escape")
    expect(window.text).to_be_focused()
    assert window.text.evaluate(SELECTED) == "with"


@on_a_laptop
def test_what_is_found_is_replaced_one_by_one_and_all_at_once(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    keys = window.page.keyboard
    keys.press("ControlOrMeta+f")
    window.page.get_by_role("textbox", name="Find", exact=True).fill("with")
    counted(window, "1 of 4")
    window.page.get_by_role("textbox", name="Replace with").fill("without")
    window.button("Replace").click()
    counted(window, "2 of 4")
    window.page.get_by_role("textbox", name="Find", exact=True).fill("with **")
    counted(window, "1 of 3")
    window.button("All").click()
    counted(window, "not found")
    keys.press("Escape")
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    content = note_of(stack, window.note_id())["content"]
    assert [line for line in content.split("\n") if "need" in line] == [
        f"line {number} without{' **' if number == 0 else ''}need**le" for number in (0, 100, 200, 300)
    ]


@on_a_laptop
def test_what_is_read_is_found_across_its_marks(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    window.button("Read").click()
    expect(window.page.locator("main .read")).to_be_visible()
    keys = window.page.keyboard
    keys.press("ControlOrMeta+f")
    keys.type("needle")
    counted(window, "1 of 4")
    expect(window.page.get_by_role("textbox", name="Replace with")).to_have_count(0)
    keys.press("Enter")
    counted(window, "2 of 4")
    assert window.page.evaluate(MARKED, "found") == ["needle"] * 4
    expect(window.page.locator("main .read strong").nth(1)).to_be_in_viewport()
    window.picture("finding-read")
    keys.press("Escape")
    assert window.page.evaluate(MARKED, "found") == []
    expect(window.page.get_by_role("region", name="Note", exact=True)).to_be_focused()


@on_a_laptop
def test_what_is_found_is_counted_anew_while_others_write(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    other = open_window(me, beside=window)
    other.open(f"/notes/{window.note_id()}")
    window.page.keyboard.press("ControlOrMeta+f")
    window.page.keyboard.type("with")
    counted(window, "1 of 4")
    other.text.click()
    other.page.keyboard.press("ControlOrMeta+End")
    other.page.keyboard.type(" with")
    counted(window, "1 of 5")

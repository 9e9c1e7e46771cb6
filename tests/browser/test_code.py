"""Blocks of code, as they are written and as they are read."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note
from tests.browser.conftest import Opener, on_a_laptop

CODE = 'def greet(name):\n    return f"Hello {name}"  # politely\n'
TEXT = f"```python\n{CODE}```\n\n> ```sh\n> echo one\n> echo two\n> ```\n\n```nothing-known\nplain\n```"
COPIED = "navigator.clipboard.readText()"


def opened(open_window: Opener, stack: Stack, me: Person) -> Window:
    window = open_window(me)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open(f"/notes/{new_note(stack, me, 'Code', TEXT)['id']}")
    expect(window.text).to_be_visible()
    return window


def assert_coloured(text: Locator) -> None:
    expect(text.locator(".tok-keyword").first).to_have_text("def")
    expect(text.locator(".tok-comment").first).to_have_text("# politely")
    expect(text.get_by_text("plain", exact=True)).to_have_count(1)


def assert_copied(window: Window, text: Locator) -> None:
    for number, code in enumerate((CODE.rstrip("\n"), "echo one\necho two")):
        text.get_by_role("button", name="Copy the code").nth(number).click()
        expect(text.get_by_role("button", name="Copy the code").nth(number)).to_have_text("Copied")
        assert window.page.evaluate(COPIED).rstrip("\n") == code


@on_a_laptop
def test_code_has_its_colours_and_is_copied(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    assert_coloured(window.text)
    assert_copied(window, window.text)
    window.picture("code-written")
    window.button("Read").click()
    read = window.page.locator("main .read")
    assert_coloured(read)
    assert_copied(window, read)
    window.picture("code-read")


@on_a_laptop
def test_what_is_found_in_code_stays_marked_when_its_colours_come(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = opened(open_window, stack, me)
    window.button("Read").click()
    window.page.keyboard.press("ControlOrMeta+f")
    window.page.keyboard.type("return f")
    expect(window.page.locator("main .read .tok-keyword").first).to_be_visible()
    marked = "[...CSS.highlights.get('found')].map(String)"
    assert window.page.evaluate(marked) == ["return f"]

"""What the editor offers while one writes: blocks, links to notes, languages of code, and bars of formats."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop


def opened(open_window: Opener, stack: Stack, me: Person, content: str = "") -> Window:
    window = open_window(me)
    window.open(f"/notes/{new_note(stack, me, 'Offers', content)['id']}")
    window.text.click()
    window.page.keyboard.press("ControlOrMeta+End")
    return window


def options(window: Window) -> Locator:
    return window.page.get_by_role("listbox").get_by_role("option")


def content(window: Window, stack: Stack) -> str:
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    return str(note_of(stack, window.note_id())["content"])


BLOCKS = {
    "/head": ("Plan", "# Plan"),
    "/to-do": ("Call", "- [ ] Call"),
    "/code": ("sh", "```sh\n\n```"),
    "/quote": ("Words", "> Words"),
    "/table": ("Who", "| Who |  |\n| --- | --- |\n|  |  |\n\n"),
    "/rule": ("below", "***\nbelow"),
}


@pytest.mark.parametrize("typed", BLOCKS)
@on_a_laptop
def test_a_slash_on_an_empty_line_makes_a_block(open_window: Opener, stack: Stack, me: Person, typed: str) -> None:
    after, expected = BLOCKS[typed]
    window = opened(open_window, stack, me)
    window.page.keyboard.type(typed)
    expect(options(window).first).to_have_attribute("aria-selected", "true")
    window.page.wait_for_timeout(100)
    if typed == "/head":
        window.picture("completing-blocks")
    window.page.keyboard.press("Enter")
    expect(options(window)).to_have_count(0)
    window.page.keyboard.type(after)
    window.page.keyboard.press("Escape")
    assert content(window, stack) == expected


@on_a_laptop
def test_a_slash_within_words_and_in_code_is_a_slash(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "one /two\n\n```\n\n```")
    window.page.keyboard.press("ArrowUp")
    window.page.keyboard.type("/head")
    window.page.wait_for_timeout(300)
    expect(options(window)).to_have_count(0)
    window.page.keyboard.press("Enter")
    assert content(window, stack) == "one /two\n\n```\n/head\n\n```"


@on_a_laptop
def test_a_link_to_a_note_is_completed_and_opens_in_place(open_window: Opener, stack: Stack, me: Person) -> None:
    target = new_note(stack, me, "Budget [draft] 2027", "numbers")
    new_note(stack, me, "Another budget")
    window = opened(open_window, stack, me)
    window.page.keyboard.type("See [[dRaf")
    expect(options(window)).to_have_text(["Budget [draft] 2027"])
    window.page.wait_for_timeout(100)
    window.page.keyboard.press("Enter")
    window.page.keyboard.type(" soon")
    link = f"See [Budget \\[draft\\] 2027](/notes/{target['id']}) soon"
    assert content(window, stack) == link
    window.page.evaluate("globalThis.stillHere = true")
    window.text.get_by_text("Budget").click()
    card = window.page.locator(".link-card").get_by_role("link")
    expect(card).to_have_text("Budget [draft] 2027")
    window.picture("completing-card")
    card.click()
    expect(window.title).to_have_value("Budget [draft] 2027")
    window.page.go_back()
    expect(window.title).to_have_value("Offers")
    window.button("Read").click()
    window.page.locator("main .read").get_by_role("link").click()
    expect(window.title).to_have_value("Budget [draft] 2027")
    assert window.page.evaluate("globalThis.stillHere")


@on_a_laptop
def test_a_link_elsewhere_shows_its_address_and_opens_by_key(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "[here](https://example.com/there) and [bad](javascript:alert(1))")
    window.page.context.route(re.compile("example.com"), lambda route: route.fulfill(body="there"))
    window.text.get_by_text("here", exact=True).click()
    expect(window.page.locator(".link-card").get_by_role("link")).to_have_text("https://example.com/there")
    with window.page.context.expect_page() as opening:
        window.page.keyboard.press("Alt+Enter")
    assert opening.value.url == "https://example.com/there"
    assert opening.value.evaluate("opener") is None
    opening.value.close()
    window.text.get_by_text("bad", exact=True).click()
    expect(window.page.locator(".link-card")).to_have_count(0)


@on_a_laptop
def test_a_fence_offers_languages(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    window.page.keyboard.type("```typesc")
    expect(options(window).first).to_have_text("TypeScript")
    window.page.wait_for_timeout(100)
    window.page.keyboard.press("Tab")
    assert content(window, stack) == "```ts"


@on_a_laptop
def test_a_bar_above_what_is_selected_formats_it_by_mouse_and_by_keys(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = opened(open_window, stack, me, "one two three")
    bar = window.page.get_by_role("toolbar", name="Format what is selected")
    expect(bar).to_have_count(0)
    window.text.get_by_text("one two three").dblclick(position={"x": 8, "y": 10})
    expect(bar).to_be_visible()
    window.picture("completing-bar")
    bar.get_by_role("button", name="Bold").click()
    expect(window.text).to_be_focused()
    window.page.keyboard.press("Alt+F10")
    expect(bar.get_by_role("button", name="Bold")).to_be_focused()
    window.page.keyboard.press("ArrowRight")
    window.page.keyboard.press("Enter")
    expect(window.text).to_be_focused()
    assert content(window, stack) == "***one*** two three"


@pytest.mark.parametrize("size", ["phone"], indirect=True)
def test_on_a_phone_a_bar_is_at_the_edge_while_one_writes(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "milk")
    bar = window.page.get_by_role("toolbar", name="Format", exact=True)
    bar.get_by_role("button", name="Task").click()
    expect(window.text).to_be_focused()
    bar.get_by_role("button", name="Heading").click()
    bar.get_by_role("button", name="Heading").click()
    window.picture("completing-phone")
    assert content(window, stack) == "## milk"
    window.title.focus()
    expect(bar).to_have_count(0)

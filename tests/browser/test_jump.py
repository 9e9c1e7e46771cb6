"""Ctrl+K: from anywhere to a note, a person or a command."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, new_person, note_of
from tests.browser.conftest import Opener, on_a_laptop


def opened(open_window: Opener, stack: Stack, me: Person) -> Window:
    new_note(stack, me, "Budget 2027", "numbers")
    new_note(stack, me, "Résumé", "about me")
    window = open_window(me)
    window.open(f"/notes/{new_note(stack, me, 'Here', 'words to select')['id']}")
    expect(window.line("Budget 2027")).to_be_visible()
    window.text.click()
    return window


@on_a_laptop
def test_a_note_is_found_by_its_words_from_within_the_text(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    keys = window.page.keyboard
    keys.press("ControlOrMeta+k")
    field = window.page.get_by_role("combobox", name="A note, a person or a command")
    expect(field).to_be_focused()
    window.picture("jump")
    options = window.page.get_by_role("dialog").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    keys.type("resume")
    expect(options).to_have_count(1)
    keys.press("Enter")
    expect(window.title).to_have_value("Résumé")
    keys.press("ControlOrMeta+k")
    keys.type("nothing at all")
    expect(window.page.get_by_text("Nothing has these words.")).to_be_visible()
    keys.press("Escape")
    expect(field).to_have_count(0)


@on_a_laptop
def test_commands_are_found_by_their_names(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    keys = window.page.keyboard
    keys.press("ControlOrMeta+k")
    keys.type("new n")
    keys.press("Enter")
    expect(window.title).to_be_focused()
    expect(window.title).to_have_value("")
    keys.press("ControlOrMeta+k")
    options = window.page.get_by_role("dialog").get_by_role("option")
    expect(options.first).to_be_visible()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(options.and_(window.page.locator("[aria-selected=true]"))).to_have_text("People")
    keys.press("Enter")
    expect(window.page.get_by_role("heading", name="People")).to_be_visible()


@on_a_laptop
def test_what_is_selected_becomes_a_link_instead(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me)
    keys = window.page.keyboard
    keys.press("ControlOrMeta+a")
    keys.press("ControlOrMeta+k")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    keys.type("https://example.com")
    keys.press("ControlOrMeta+s")
    window.state_is("saved")
    assert note_of(stack, window.note_id())["content"] == "[words to select](https://example.com)"


@on_a_laptop
def test_people_are_found_by_how_their_names_begin(open_window: Opener, stack: Stack, me: Person) -> None:
    sought = new_person(stack, "zacharias")
    window = opened(open_window, stack, me)
    keys = window.page.keyboard
    keys.press("ControlOrMeta+k")
    keys.type(sought.username)
    option = window.page.get_by_role("dialog").get_by_role("option", name=sought.username)
    expect(option).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(window.button(f"Rename {sought.username}")).to_be_visible()
    expect(window.page.get_by_role("main").get_by_role("button", name=re.compile("^Rename"))).to_have_count(1)
    window.page.get_by_role("link", name="Everybody").click()
    expect(window.page.get_by_role("link", name="Everybody")).to_have_count(0)

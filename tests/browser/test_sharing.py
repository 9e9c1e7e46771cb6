"""Giving a note to somebody, and taking it back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, new_person, note_of
from tests.browser.conftest import Opener, on_a_laptop


def test_a_note_is_shared_in_one_step_and_taken_back(
    window: Window, open_window: Opener, stack: Stack, me: Person
) -> None:
    other = new_person(stack, "jonas")
    note = new_note(stack, me, "For Jonas", "text")
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_be_visible()
    window.button("Share").click()
    field = window.page.get_by_role("combobox", name="Share with")
    expect(field).to_be_focused()
    field.press_sequentially(other.username[:9])
    expect(window.page.get_by_role("option", name=other.username)).to_be_visible()
    window.picture("share")
    field.press("ArrowDown")
    field.press("Enter")
    access = window.page.get_by_role("list", name="Who can see it")
    expect(access).to_contain_text(re.compile(rf"{other.username}\s*shared now"))
    assert note_of(stack, note["id"])["sharedWithUserIds"] == [other.id]
    window.picture("shared")

    theirs = open_window(other)
    theirs.open("/notes?scope=shared")
    expect(theirs.line("For Jonas")).to_contain_text(f"from {me.username}")

    window.page.bring_to_front()
    window.button(f"Remove {other.username}").click()
    expect(access).not_to_contain_text(other.username)
    assert note_of(stack, note["id"])["sharedWithUserIds"] == []
    window.page.keyboard.press("Escape")
    expect(field).to_have_count(0)


@on_a_laptop
def test_nobody_found_is_said(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Alone")
    window.open(f"/notes/{note['id']}")
    window.button("Share").click()
    window.page.get_by_role("combobox", name="Share with").fill("zzzzzz")
    expect(window.page.get_by_text("Nobody found")).to_be_visible()


@on_a_laptop
def test_a_share_that_fails_keeps_the_dialog_and_says_why(window: Window, stack: Stack, me: Person) -> None:
    other = new_person(stack, "ines")
    note = new_note(stack, me, "Unlucky")
    window.open(f"/notes/{note['id']}")
    window.button("Share").click()
    window.page.get_by_role("combobox", name="Share with").fill(other.username)
    expect(window.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    with window.calls_fail():
        window.page.get_by_role("combobox", name="Share with").press("Enter")
        expect(window.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("out of reach")

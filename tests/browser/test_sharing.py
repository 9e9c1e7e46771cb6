"""Giving a note to somebody, and taking it back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, new_person, note_of
from tests.browser.conftest import Opener, on_a_laptop
from tests.stack import called


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
def test_a_list_names_the_first_of_many_and_the_note_all(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "For the team")
    others = [new_person(stack, "team") for _ in range(20)]
    for other in others:
        called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": other.id})
    window.open()
    line = window.line("For the team")
    expect(line).to_contain_text(f"{others[0].username}, {others[1].username}, +18")
    line.click()
    expect(window.text).to_be_visible()
    window.page.get_by_role("button", name=re.compile(r"^Share ?, shared with 20$")).click()
    access = window.page.get_by_role("list", name="Who can see it")
    expect(access.get_by_role("listitem")).to_have_count(21)
    expect(access).to_contain_text(others[-1].username)


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

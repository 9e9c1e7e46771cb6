"""The list beside the note, and icons in the rail, on 768 px."""

from __future__ import annotations

import re

from playwright.sync_api import FloatRect, Locator, expect

from local.stack import Stack
from tests.browser.app import Person, Window, conflict, gone_sideways, new_note, new_person
from tests.browser.conftest import Opener, on_a_tablet
from tests.browser.test_writing import MARKDOWN
from tests.stack import called

ICONS_WIDTH = 64
LEAST_NOTE_WIDTH = 380


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found is not None
    return found


def fits(window: Window, name: str) -> None:
    window.picture(name)
    assert gone_sideways(window.page) == [], name


@on_a_tablet
def test_both_panes_stand_beside_a_rail_of_icons(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Everything", MARKDOWN)
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_contain_text("Nobody deploys")
    rail = box(window.page.get_by_role("navigation", name="Main"))
    lines = box(window.page.get_by_role("region", name="Notes", exact=True))
    text = box(window.page.get_by_role("region", name="Note", exact=True))
    assert rail["x"] == 0
    assert rail["width"] <= ICONS_WIDTH
    assert lines["x"] == rail["width"]
    assert text["x"] == lines["x"] + lines["width"]
    assert text["width"] >= LEAST_NOTE_WIDTH
    expect(window.button("Back to the list")).to_be_hidden()
    window.page.get_by_role("link", name="Mine", exact=True).click()
    expect(window.line("Everything")).to_be_visible()


@on_a_tablet
def test_no_view_goes_sideways(open_window: Opener, stack: Stack, me: Person) -> None:
    other = new_person(stack, "jonas")
    note = new_note(stack, me, "Everything", MARKDOWN)
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": other.id})
    window = open_window(me)
    window.open()
    expect(window.line("Everything")).to_be_visible()
    fits(window, "list")
    window.line("Everything").click()
    expect(window.text).to_contain_text("Nobody deploys")
    fits(window, "note")
    window.button("Read").click()
    expect(window.page.get_by_role("table")).to_be_visible()
    fits(window, "read")
    window.page.get_by_role("button", name=re.compile("^Share")).click()
    expect(window.button(f"Remove {other.username}")).to_be_visible()
    fits(window, "sharing")
    window.page.keyboard.press("Escape")
    window.button("Write").click()
    window.text.click()
    conflict(window, note["id"], theirs="theirs", mine="mine")
    fits(window, "conflict")
    window.open("/people")
    window.button("Add a person").click()
    fits(window, "person-form")
    window.page.keyboard.press("Escape")
    window.open("/notes/0198a7a4-0000-7000-8000-000000000000")
    expect(window.page.get_by_role("heading", name="This note is gone")).to_be_visible()
    fits(window, "not-found")

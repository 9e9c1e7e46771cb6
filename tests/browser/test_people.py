"""Choosing who one is, and the people there are."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Route, expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, new_person
from tests.browser.conftest import Opener, on_a_laptop
from tests.stack import call, called


def test_somebody_new_begins_and_is_remembered(open_window: Opener) -> None:
    window = open_window(None)
    window.open("/")
    expect(window.page.get_by_role("heading", name="Who are you?")).to_be_visible()
    window.picture("welcome")
    name = f"nora.{uuid4().hex[:8]}"
    window.page.get_by_label("Name").fill(name)
    window.page.get_by_label("Email").fill("not an address")
    window.button("Begin").click()
    expect(window.page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    window.page.get_by_label("Email").fill(f"{name}@example.com")
    window.button("Begin").click()
    expect(window.page.get_by_text("No notes yet")).to_be_visible()
    window.reload()
    expect(window.button(f"I am {name}")).to_be_visible()


@on_a_laptop
def test_one_becomes_somebody_else_and_sees_their_notes(open_window: Opener, stack: Stack, me: Person) -> None:
    new_note(stack, me, "Mine alone")
    window = open_window(me)
    window.open("/people")
    other = new_person(stack, "aaron")
    window.reload()
    window.button(f"I am {other.username}").click()
    window.open("/notes")
    expect(window.page.get_by_text("No notes yet")).to_be_visible()


def test_a_person_is_added_renamed_and_deleted(window: Window, stack: Stack) -> None:
    name = f"aa.{uuid4().hex[:8]}"
    window.open("/people")
    window.button("Add a person").click()
    form = window.page.get_by_role("region", name="Add a person")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Email").fill(f"{name}@example.com")
    form.get_by_role("button", name="Add").click()
    row = window.page.get_by_role("listitem").filter(has_text=f"{name}@example.com")
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"Rename {name}").click()
    window.page.get_by_label("Name", exact=True).fill(f"{name}.renamed")
    window.button("Save").click()
    renamed = window.page.get_by_role("listitem").filter(has_text=f"{name}.renamed")
    expect(renamed).to_be_visible()
    window.picture("people")
    found = called(stack, "user.UserService/SearchUsers", {"prefix": f"{name}.renamed"})["users"]
    called(stack, "note.NoteService/CreateNote", {"title": "goes along", "userId": found[0]["id"]})
    renamed.get_by_role("button", name=f"Delete {name}.renamed").click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_contain_text("The one note they own goes too")
    window.picture("delete-person")
    dialog.get_by_role("button", name=f"Delete {name}.renamed").click()
    expect(renamed).to_have_count(0)
    assert call(stack, "user.UserService/GetUser", {"id": found[0]["id"]}).status == 404


@on_a_laptop
def test_a_name_that_is_taken_is_said_at_its_field(window: Window, me: Person) -> None:
    window.open("/people")
    window.button("Add a person").click()
    form = window.page.get_by_role("region", name="Add a person")
    form.get_by_label("Name").fill(me.username.upper())
    form.get_by_label("Email").fill("somebody.else@example.com")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_text("Username already exists.")).to_be_visible()
    expect(form.get_by_label("Name")).to_have_value(me.username.upper())


@on_a_laptop
def test_everybody_is_shown_although_some_were_still_looked_for(open_window: Opener, stack: Stack, me: Person) -> None:
    window = open_window(me)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    window.page.route("**/SearchUsers", hold)
    window.open("/people?who=nobody-at-all")
    window.page.get_by_role("link", name="Everybody").click()
    expect(window.page.get_by_role("link", name="Everybody")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(window.page.get_by_role("button", name=re.compile("^Rename")).first).to_be_visible()

"""The lists of a person's notes: scopes, order, thousands of lines, and where one was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Response, Route, expect

from local.stack import Stack
from tests.browser.app import Person, Window, gone_sideways, many_notes, new_note, new_person, note_of
from tests.browser.conftest import Opener, on_a_laptop
from tests.stack import called

LIST = re.compile("ListNotesByUser")
NOTE = re.compile("GetNote")


def scope(window: Window, name: str) -> None:
    window.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()


def test_the_scopes_hold_what_they_say(open_window: Opener, stack: Stack, me: Person) -> None:
    other = new_person(stack, "jonas")
    new_note(stack, me, "My own")
    given = new_note(stack, other, "Given to me", "with text")
    called(stack, "note.NoteService/ShareNote", {"noteId": given["id"], "userId": me.id})
    window = open_window(me)
    window.open()
    expect(window.page.locator("[data-note]")).to_have_count(2)
    window.picture("list")
    scope(window, "Mine")
    expect(window.line("Given to me")).to_have_count(0)
    expect(window.line("My own")).to_be_visible()
    scope(window, "Shared")
    expect(window.line("Given to me")).to_contain_text(f"from {other.username}")
    expect(window.line("My own")).to_have_count(0)
    expect(window.page).to_have_url(re.compile(r"scope=shared"))
    window.page.go_back()
    expect(window.line("My own")).to_be_visible()


def test_the_order_can_be_chosen_and_is_in_the_address(open_window: Opener, stack: Stack, me: Person) -> None:
    for title in ("Cherry", "Apple", "Banana"):
        new_note(stack, me, title)
    window = open_window(me)
    window.open()
    expect(window.page.locator("[data-note]")).to_have_count(3)
    window.page.get_by_label("Sort by").select_option("title")
    expect(window.page.locator("[data-note]").first).to_contain_text("Apple")
    window.reload()
    expect(window.page.locator("[data-note]")).to_contain_text(["Apple", "Banana", "Cherry"])


def test_a_long_list_loads_as_it_is_scrolled_and_stays_where_it_was(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    many_notes(stack, me, 250)
    window = open_window(me)
    window.open("/notes?sort=title")
    expect(window.line("Note 0000")).to_be_visible()
    assert window.page.locator("[data-note]").count() < 60
    scroller = window.page.locator("section[aria-label=Notes] .overflow-y-auto")
    scroller.evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
    expect(window.line("Note 0249")).to_be_visible()
    scroller.evaluate("(list) => list.scrollTo(0, 150 * 66)")
    window.line("Note 0153").click()
    expect(window.title).to_have_value("Note 0153")
    window.page.go_back()
    expect(window.line("Note 0153")).to_be_in_viewport()
    window.line("Note 0153").click()
    expect(window.title).to_have_value("Note 0153")
    window.reload()
    expect(window.title).to_have_value("Note 0153")
    window.to_list()
    expect(window.line("Note 0153")).to_be_in_viewport()


@on_a_laptop
def test_a_deep_link_opens_the_note(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Linked", "to here")
    window.open(f"/notes/{note['id']}")
    expect(window.title).to_have_value("Linked")
    expect(window.page).to_have_title("Linked · Notewire")


def test_empty_lists_say_what_comes_there(window: Window) -> None:
    window.open()
    expect(window.page.get_by_text("No notes yet")).to_be_visible()
    window.picture("empty")
    scope(window, "Shared")
    expect(window.page.get_by_text("Nothing is shared with you")).to_be_visible()
    scope(window, "Mine")
    window.button("Write the first one").click()
    expect(window.title).to_be_focused()


def test_a_list_that_fails_shows_the_last_one_and_comes_back(open_window: Opener, stack: Stack, me: Person) -> None:
    new_note(stack, me, "Seen before")
    window = open_window(me)
    window.open()
    expect(window.line("Seen before")).to_be_visible()
    with window.calls_fail(LIST):
        window.reload()
        expect(window.page.get_by_role("alert")).to_contain_text("This is what was here last.")
        expect(window.line("Seen before")).to_be_visible()
        window.picture("list-failed")
    window.page.get_by_role("button", name="Try again").click()
    expect(window.page.get_by_role("alert")).to_have_count(0)


@on_a_laptop
def test_a_slow_list_holds_its_place(open_window: Opener, stack: Stack, me: Person) -> None:
    new_note(stack, me, "Worth the wait")
    window = open_window(me)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    window.page.route(LIST, hold)
    window.page.clock.install()
    window.open()
    expect(window.page.get_by_role("status", name="Loading notes")).to_be_visible()
    window.picture("slow")
    window.page.clock.fast_forward(5000)
    expect(window.page.get_by_text("This takes longer than usual…")).to_be_visible()
    for route in held:
        route.continue_()
    expect(window.line("Worth the wait")).to_be_visible()


def test_a_note_that_cannot_be_read_offers_another_try(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Later", "text")
    with window.calls_fail(NOTE):
        window.open(f"/notes/{note['id']}")
        expect(window.page.get_by_role("main").get_by_role("alert")).to_contain_text("out of reach")
        window.picture("note-failed")
    window.page.get_by_role("main").get_by_role("button", name="Try again").click()
    expect(window.title).to_have_value("Later")


@on_a_laptop
def test_addresses_that_lead_nowhere_say_so(window: Window) -> None:
    window.open("/notes/0198a7a4-0000-7000-8000-000000000000")
    expect(window.page.get_by_role("heading", name="This note is gone")).to_be_visible()
    window.button("Bring it back").click()
    expect(window.page.get_by_role("main").get_by_role("alert")).to_contain_text("cannot be brought back")
    window.picture("not-found")
    window.open("/nowhere/at/all")
    expect(window.page.get_by_role("heading", name="There is nothing here")).to_be_visible()


@on_a_laptop
def test_a_note_deleted_elsewhere_leaves_the_screen(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Going", "soon")
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_have_text("soon")
    called(stack, "note.NoteService/DeleteNote", {"id": note["id"]})
    window.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(window.page.get_by_role("heading", name="This note is gone")).to_be_visible()
    window.button("Bring it back").click()
    expect(window.text).to_have_text("soon")
    assert note_of(stack, note["id"])["content"] == "soon"


def test_long_words_and_names_push_nothing_sideways(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Wort" * 45, "x" * 5000)
    stranger = new_person(stack, "maximiliane-von-und-zu-hohenstein-schwarzenberg")
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": stranger.id})
    window = open_window(me)
    window.open()
    expect(window.line("Wort")).to_be_visible()
    assert gone_sideways(window.page) == []
    theirs = open_window(stranger)
    theirs.open()
    theirs.page.get_by_role("button", name="I am").locator("visible=true").first.click()
    expect(theirs.button("Dark")).to_be_in_viewport(ratio=1)
    assert gone_sideways(theirs.page) == []
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_contain_text("xxx")
    assert gone_sideways(window.page) == []


def test_a_list_is_in_days_and_is_filtered_as_one_types(open_window: Opener, stack: Stack, me: Person) -> None:
    many_notes(stack, me, 130)
    new_note(stack, me, "Crème brûlée", "sugar and eggs")
    window = open_window(me)
    window.open()
    expect(window.page.get_by_role("heading", name="Today")).to_be_visible()
    window.picture("list-days")
    field = window.page.get_by_role("searchbox", name="Filter the notes")
    if window.phone:
        field.click()
    else:
        window.line("Crème").focus()
        window.page.keyboard.press("/")
    expect(field).to_be_focused()
    window.page.keyboard.type("EGGS creme")
    expect(window.page.locator("[data-note]")).to_have_count(1)
    window.picture("list-filtered")
    field.fill("Note 0003")
    # It was not loaded when one began to type.
    expect(window.page.locator("[data-note]")).to_contain_text(["Note 0003"])
    window.page.keyboard.press("Enter")
    expect(window.line("Note 0003")).to_be_focused()
    field.fill("nothing like it")
    expect(window.page.get_by_text("No note has these words")).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(field).to_have_value("")
    expect(window.line("Crème")).to_be_visible()
    assert gone_sideways(window.page) == []


def test_a_note_has_two_lines_or_one_as_one_likes(open_window: Opener, stack: Stack, me: Person) -> None:
    friend = new_person(stack, "jonas")
    note = new_note(stack, me, "Rent", "due on Friday")
    new_note(stack, me, "Other", "words")
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": friend.id})
    window = open_window(me)
    window.open()
    line = window.line("Rent")
    expect(line).to_contain_text(f"shared with {friend.username}")
    two = line.bounding_box()
    window.picture("list-two-lines")
    window.page.get_by_role("button", name=re.compile("^I am")).click()
    window.button("One line a note").click()
    window.page.keyboard.press("Escape")
    window.picture("list-one-line")
    one = line.bounding_box()
    assert one is not None
    assert two is not None
    assert one["height"] < two["height"] - 15
    expect(line).to_contain_text("due on Friday")
    window.reload()
    expect(line).to_be_visible()
    again = line.bounding_box()
    assert again is not None
    assert again["height"] == one["height"]


@on_a_laptop
def test_several_notes_are_chosen_deleted_and_brought_back_as_one(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    for title in ("Ash", "Birch", "Cedar", "Date", "Elm"):
        new_note(stack, me, title, "a tree")
    theirs = new_note(stack, new_person(stack, "owner"), "Fir", "of somebody else")
    called(stack, "note.NoteService/ShareNote", {"noteId": theirs["id"], "userId": me.id})
    window = open_window(me)
    window.open("/notes?sort=title")
    window.line("Birch").click(modifiers=["ControlOrMeta"])
    window.line("Date").click(modifiers=["Shift"])
    bar = window.page.get_by_role("toolbar", name="Chosen notes")
    expect(bar).to_contain_text("3 chosen")
    window.line("Fir").focus()
    window.page.keyboard.press("x")
    expect(bar).to_contain_text("4 chosen, 3 of yours")
    window.picture("list-chosen")
    answers: list[Response] = []

    def is_last(response: Response) -> bool:
        if response.url.endswith("/DeleteNote"):
            answers.append(response)
        return len(answers) == 3

    with window.page.expect_response(is_last):
        bar.get_by_role("button", name="Delete").click()
    expect(window.line("Birch")).to_have_count(0)
    expect(window.page.locator("[data-note]")).to_have_count(3)
    expect(window.page.get_by_text("Deleted 3 notes")).to_be_visible()
    left = called(stack, "note.NoteService/ListNotesByUser", {"userId": me.id})["notes"]
    assert {note["title"] for note in left} == {"Ash", "Elm"}
    window.button("Undo").click()
    expect(window.page.locator("[data-note]")).to_have_count(6)
    window.line("Ash").click()
    expect(window.title).to_have_value("Ash")
    expect(bar).to_have_count(0)


@pytest.mark.parametrize("size", ["phone"], indirect=True)
def test_a_long_press_chooses_a_note_and_a_tap_the_next(open_window: Opener, stack: Stack, me: Person) -> None:
    for title in ("Ash", "Birch"):
        new_note(stack, me, title, "a tree")
    window = open_window(me)
    window.open()
    line = window.line("Birch")
    box = line.bounding_box()
    assert box is not None
    touch = window.page.context.new_cdp_session(window.page)
    point = {"x": box["x"] + 40, "y": box["y"] + 20}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    bar = window.page.get_by_role("toolbar", name="Chosen notes")
    expect(bar).to_contain_text("1 chosen")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    window.line("Ash").tap()
    expect(bar).to_contain_text("2 chosen")
    window.picture("list-chosen")
    assert window.page.url.endswith("/notes")
    window.button("Choose none").tap()
    window.line("Ash").tap()
    expect(window.title).to_have_value("Ash")

"""What was typed survives whatever happens to the server, the window and the note."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from local.health import healthy
from local.processes import stop, wait_until
from local.stack import Stack
from tests.browser.app import Person, Window, conflict, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop
from tests.stack import called

START_SECONDS = 30.0


@contextmanager
def stopped(stack: Stack, name: str) -> Iterator[None]:
    """One process of the stack is down; afterwards the whole answers again."""
    process = stack[name]
    stop([process], 5.0)
    try:
        yield
    finally:
        process.start()
        door = stack.settings.host, stack.settings.bridge_port
        wait_until(lambda: healthy(*door), "the stack", START_SECONDS, [process])


def opened_for_writing(window: Window, note_id: str) -> None:
    window.open(f"/notes/{note_id}")
    window.text.click()
    window.page.keyboard.press("ControlOrMeta+End")


@pytest.mark.parametrize(("size", "name"), [("phone", "front door"), ("laptop", "note_svc")], indirect=["size"])
def test_text_typed_while_something_is_down_is_kept_and_saved_later(
    window: Window, stack: Stack, me: Person, name: str
) -> None:
    note = new_note(stack, me, "Kept", "before")
    opened_for_writing(window, note["id"])
    window.expect_outage()
    with stopped(stack, name):
        window.page.keyboard.type(" and during")
        window.state_is("retrying", timeout=20_000)
        expect(window.state).to_contain_text("kept on this device")
        window.picture(f"down-{name.replace(' ', '-')}")
    window.state_is("saved", timeout=30_000)
    assert note_of(stack, note["id"])["content"] == "before and during"


def test_a_reload_works_while_the_door_is_shut(kept_window: Window, stack: Stack, me: Person) -> None:
    window = kept_window
    note = new_note(stack, me, "Shell", "before")
    opened_for_writing(window, note["id"])
    window.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    window.expect_outage()
    with stopped(stack, "front door"):
        window.page.keyboard.type(" and during")
        window.state_is("retrying", timeout=20_000)
        window.reload()
        expect(window.title).to_have_value("Shell")
        expect(window.text).to_have_text("before and during")
        window.picture("reload-without-server")
        window.to_list()
        expect(window.line("Shell")).to_be_visible()
    if window.phone:
        window.line("Shell").click()
    window.state_is("saved", timeout=30_000)
    assert note_of(stack, note["id"])["content"] == "before and during"


def test_the_state_line_says_offline_without_a_network(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Train", "before")
    opened_for_writing(window, note["id"])
    window.expect_outage()
    window.page.context.set_offline(True)
    window.page.keyboard.type(", in a tunnel")
    window.state_is("offline")
    expect(window.page.get_by_text("You are offline.")).to_be_visible()
    window.picture("offline")
    window.page.context.set_offline(False)
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"] == "before, in a tunnel"


def test_a_note_begun_offline_is_there_when_the_window_opens_again(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = open_window(me)
    window.open()
    with window.calls_fail():
        note_id = window.write_note("From the cellar", "no signal here")
        window.state_is("retrying")
        window.page.close()
    again = open_window(me, beside=window)
    again.open(f"/notes/{note_id}")
    expect(again.text).to_have_text("no signal here")
    again.state_is("saved")
    assert note_of(stack, note_id)["title"] == "From the cellar"


@on_a_laptop
@pytest.mark.parametrize("lines", [1, 5000])
def test_the_last_keys_before_a_window_closes_are_kept(
    open_window: Opener, stack: Stack, me: Person, lines: int
) -> None:
    note = new_note(stack, me, "Cut short", "# Heading\n\n" + "A line of text that is there already.\n" * lines)
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.text.locator(".h1").click()
    with window.calls_fail():
        window.page.keyboard.type(", and these words")
        with window.page.expect_event("close"):
            window.page.close(run_before_unload=True)
    again = open_window(me, beside=window)
    again.open(f"/notes/{note['id']}")
    expect(again.text.locator(".h1")).to_have_text("Heading, and these words")
    again.state_is("saved")
    assert note_of(stack, note["id"])["content"].startswith("# Heading, and these words\n")


@on_a_laptop
def test_two_windows_of_one_note_show_the_same_text(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Twice", "start")
    first = open_window(me)
    second = open_window(me, beside=first)
    for each in (first, second):
        each.open(f"/notes/{note['id']}")
        expect(each.text).to_have_text("start")
    first.page.bring_to_front()
    first.text.click()
    first.page.keyboard.press("ControlOrMeta+End")
    first.page.keyboard.type(" one")
    expect(second.text).to_have_text("start one")
    second.page.bring_to_front()
    second.text.click()
    second.page.keyboard.press("ControlOrMeta+End")
    second.page.keyboard.type(" two")
    expect(first.text).to_have_text("start one two")
    second.state_is("saved")
    first.state_is("saved")
    assert note_of(stack, note["id"])["content"] == "start one two"


def conflicting(window: Window, stack: Stack, me: Person) -> str:
    note = new_note(stack, me, "Disputed", "first line\nsecond line")
    opened_for_writing(window, note["id"])
    conflict(window, note["id"], theirs="first line\ntheir line", mine=", mine")
    return str(note["id"])


def test_a_stale_version_shows_both_texts_and_overwrites_neither(window: Window, stack: Stack, me: Person) -> None:
    note_id = conflicting(window, stack, me)
    main = window.page.get_by_role("main")
    expect(main).to_contain_text("second line, mine")
    expect(main).to_contain_text("their line")
    window.picture("conflict")
    assert note_of(stack, note_id)["content"] == "first line\ntheir line"
    window.reload()
    expect(main).to_contain_text("second line, mine")
    window.button("Keep both").click()
    expect(window.text).to_contain_text("their line")
    window.to_list()
    expect(window.line("Disputed (my version)")).to_contain_text("second line, mine")


@pytest.mark.parametrize(
    ("choice", "content"),
    [("Keep mine only", "first line\nsecond line, mine"), ("Keep the other only", "first line\ntheir line")],
)
@on_a_laptop
def test_a_conflict_ends_as_chosen(window: Window, stack: Stack, me: Person, choice: str, content: str) -> None:
    note_id = conflicting(window, stack, me)
    window.button(choice).click()
    window.state_is("saved")
    expect(window.text).to_contain_text(content.splitlines()[1])
    assert note_of(stack, note_id)["content"] == content


def test_text_for_a_note_that_was_deleted_meanwhile_is_kept(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Short-lived", "before")
    opened_for_writing(window, note["id"])
    called(stack, "note.NoteService/DeleteNote", {"id": note["id"]})
    window.page.keyboard.type(" and after")
    expect(window.page.get_by_role("heading", name="This note is gone")).to_be_visible()
    expect(window.page.get_by_role("main")).to_contain_text("before and after")
    window.picture("gone-while-open")
    window.button("Bring it back").click()
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"] == "before and after"


def test_a_delete_can_be_undone(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "By mistake, though its title is longer than a phone is wide", "precious")
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_have_text("precious")
    window.button("More").click()
    window.button("Delete").click()
    expect(window.line("By mistake")).to_have_count(0)
    window.picture("deleted")
    window.button("Undo").click()
    expect(window.text).to_have_text("precious")
    assert note_of(stack, note["id"])["content"] == "precious"
    window.to_list()
    expect(window.line("By mistake")).to_be_visible()


def undo_while_the_note_is_being_deleted(window: Window) -> None:
    deleting: list[Route] = []

    def hold(route: Route) -> None:
        deleting.append(route)

    window.page.route("**/DeleteNote", hold)
    window.button("More").click()
    window.button("Delete").click()
    with window.page.expect_response("**/UndeleteNote"), window.page.expect_response("**/DeleteNote"):
        window.button("Undo").click()
        for route in deleting:
            route.continue_()
    window.page.unroute("**/DeleteNote")


# What Chromium does for somebody who blocks all cookies.
_REFUSED = """
    const refused = () => { throw new DOMException('Access is denied for this document.', 'SecurityError') }
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: refused })
    LockManager.prototype.query = LockManager.prototype.request = async () => refused()
    IDBFactory.prototype.open = () => {
      const request = new EventTarget()
      setTimeout(() => {
        request.error = new DOMException('The user denied permission to access the database.', 'UnknownError')
        request.dispatchEvent(new Event('error'))
      })
      return request
    }
    Object.defineProperty(window, 'IDBRequest', { value: EventTarget })"""
_SILENT = """
    IDBFactory.prototype.open = () => new EventTarget()
    Object.defineProperty(window, 'IDBRequest', { value: EventTarget })"""


@on_a_laptop
@pytest.mark.parametrize("storage", [_REFUSED, _SILENT], ids=["refused", "silent"])
def test_the_app_works_where_the_browser_keeps_nothing(open_window: Opener, stack: Stack, storage: str) -> None:
    window = open_window(None)
    window.page.add_init_script(storage)
    window.open("/")
    name = f"nora.{uuid4().hex[:8]}"
    window.page.get_by_label("Name").fill(name)
    window.page.get_by_label("Email").fill(f"{name}@example.com")
    window.button("Begin").click()
    note_id = window.write_note("Fleeting", "on the server alone")
    window.state_is("saved")
    assert note_of(stack, note_id)["content"] == "on the server alone"
    undo_while_the_note_is_being_deleted(window)
    expect(window.text).to_have_text("on the server alone")
    assert note_of(stack, note_id)["content"] == "on the server alone"
    with window.calls_fail():
        window.text.click()
        window.page.keyboard.type("More ")
        window.state_is("unkept")
        window.picture("unkept")
    window.state_is("saved", timeout=30_000)


@on_a_laptop
def test_a_text_that_is_too_long_is_kept_until_it_is_shorter(window: Window, stack: Stack, me: Person) -> None:
    longest = "Seventeen bytes.\n" * (1024 * 1024 // 17)
    note = new_note(stack, me, "Endless", longest)
    opened_for_writing(window, note["id"])
    window.page.keyboard.insert_text("one line more than there is room for")
    window.state_is("refused")
    expect(window.state).to_contain_text("Too long by 1 KB")
    window.picture("too-long")
    window.reload()
    window.state_is("refused")
    window.text.click()
    window.page.keyboard.press("ControlOrMeta+End")
    expect(window.text).to_contain_text("one line more than there is room for")
    window.page.keyboard.press("Shift+Home")
    window.page.keyboard.press("Backspace")
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"] == longest


@on_a_laptop
def test_what_the_service_refuses_is_said_and_kept(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Bell", "before")
    opened_for_writing(window, note["id"])
    window.page.keyboard.insert_text(" and \u0007")
    window.state_is("refused")
    expect(window.state).to_contain_text("Not saved.")
    window.picture("refused")
    window.page.keyboard.press("Backspace")
    window.page.keyboard.type("after")
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"] == "before and after"

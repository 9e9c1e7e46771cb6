"""Keys, screen readers, colours and the browser's own ways."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser.app import Person, Window, conflict, new_note, new_person, note_of
from tests.browser.conftest import Opener, on_a_laptop
from tests.browser.test_writing import MARKDOWN
from tests.stack import called

AXE = Path("web/node_modules/axe-core/axe.min.js")


# What differs between sizes and schemes: colours do not between sizes, and nothing else does between schemes.
EVERYTHING: dict[str, Any] = {}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
COLOURS = {"runOnly": ["color-contrast"]}


# What can be pressed and is lower than a finger needs; links within a text are not.
SMALL_TARGETS = """() => [...document.querySelectorAll('button, a, select, input')]
  .filter((e) => e.checkVisibility() && !e.closest('.read'))
  .filter((e) => e.getBoundingClientRect().height < 44)
  .map((e) => e.outerHTML.slice(0, 120))"""


def findings(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    report: dict[str, Any] = page.evaluate(
        "(options) => axe.run(document, { resultTypes: ['violations'], ...options })", options
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('any') and node['any'][0]['message']}"
        for violation in report["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(
    ("size", "scheme", "options"),
    [("phone", "light", ALL_BUT_COLOURS), ("laptop", "light", EVERYTHING), ("laptop", "dark", COLOURS)],
    indirect=["size"],
    ids=["phone", "laptop", "dark"],
)
def test_axe_finds_nothing_in_any_view(
    open_window: Opener, stack: Stack, me: Person, scheme: str, options: dict[str, Any]
) -> None:
    other = new_person(stack, "jonas")
    note = new_note(stack, me, "Everything", MARKDOWN)
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": other.id})
    window = open_window(me, scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        window.picture(f"{name}-{scheme}")
        found[name] = findings(window.page, options)

    window.open()
    expect(window.line("Everything")).to_be_visible()
    look("list")
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_contain_text("Nobody deploys")
    look("note")
    window.button("Read").click()
    expect(window.page.get_by_role("table")).to_be_visible()
    look("read")
    window.page.get_by_role("button", name=re.compile("^Share")).click()
    expect(window.button(f"Remove {other.username}")).to_be_visible()
    window.page.get_by_role("combobox", name="Share with").fill(me.username[:3])
    look("sharing")
    window.page.keyboard.press("Escape")
    window.button("More").click()
    look("menu")
    window.page.keyboard.press("Escape")
    window.button("Write").click()
    window.text.click()
    conflict(window, note["id"], theirs="theirs", mine="mine")
    look("conflict")
    window.open("/people")
    expect(window.page.get_by_role("listitem").first).to_be_visible()
    look("people")
    window.button("Add a person").click()
    look("person-form")
    window.page.keyboard.press("ControlOrMeta+/")
    look("keyboard")
    window.page.evaluate("localStorage.removeItem('notewire.me')")
    stranger = open_window(None, scheme=scheme)
    stranger.open("/")
    expect(stranger.page.get_by_role("heading", name="Who are you?")).to_be_visible()
    found["welcome"] = findings(stranger.page, options)
    stranger.picture(f"welcome-{scheme}")
    assert {name: list_ for name, list_ in found.items() if list_} == {}


@on_a_laptop
def test_the_keyboard_does_everything(open_window: Opener, stack: Stack, me: Person) -> None:
    for title in ("First", "Second"):
        new_note(stack, me, title, f"text of {title}")
    window = open_window(me)
    window.open("/notes?sort=title")
    keys = window.page.keyboard
    window.to_line("First")
    keys.press("j")
    expect(window.line("Second")).to_be_focused()
    keys.press("k")
    expect(window.line("First")).to_be_focused()
    keys.press("Enter")
    expect(window.text).to_have_text("text of First")
    keys.press("?")
    expect(window.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    window.picture("keyboard-sheet")
    keys.press("Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    keys.press("p")
    expect(window.page.locator("main .read")).to_be_visible()
    keys.press("p")
    keys.press("s")
    expect(window.page.get_by_role("combobox", name="Share with")).to_be_focused()
    keys.press("Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    window.to_line("First")
    keys.press("n")
    expect(window.title).to_be_focused()
    keys.type("no j or k moves here")
    expect(window.title).to_have_value("no j or k moves here")
    keys.press("Enter")
    expect(window.text).to_be_focused()
    keys.press("ControlOrMeta+/")
    expect(window.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    keys.press("Escape")
    expect(window.text).to_be_focused()
    keys.press("ArrowUp")
    expect(window.title).to_be_focused()


LETTERS = "njkps?"


@on_a_laptop
def test_letters_are_commands_in_the_list_alone(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Alone", "some text")
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_be_visible()
    keys = window.page.keyboard

    def nothing_happens() -> None:
        keys.type(LETTERS)
        expect(window.page.get_by_role("dialog")).to_have_count(0)
        expect(window.text).to_have_text("some text")
        assert window.note_id() == note["id"]

    nothing_happens()
    window.button("Read").focus()
    nothing_happens()
    window.page.get_by_role("link", name="Mine").focus()
    nothing_happens()


@on_a_laptop
def test_a_deletion_elsewhere_takes_no_letter_for_a_command(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Doomed", "some text")
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.text.click()
    other = open_window(me, beside=window)
    other.open(f"/notes/{note['id']}")
    other.button("More").click()
    other.page.get_by_role("button", name="Delete").click()
    expect(window.page.get_by_role("heading", name="This note is gone")).to_be_visible()
    expect(window.page.get_by_role("region", name="Note", exact=True)).to_be_focused()
    window.page.keyboard.type(LETTERS)
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    assert window.note_id() == note["id"]


@on_a_laptop
def test_what_is_decided_leaves_the_focus_with_the_note(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Disputed", "some text")
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.text.click()
    conflict(window, note["id"], theirs="theirs", mine="mine")
    expect(window.text).to_be_focused()
    window.button("Keep mine only").focus()
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("heading", name="Two texts of one note")).to_have_count(0)
    expect(window.page.get_by_role("region", name="Note", exact=True)).to_be_focused()


@on_a_laptop
def test_tab_indents_and_escape_lets_it_leave(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Steps", "1. one\n2. two\n3. three\n\n```\ncode\n```")
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.text.get_by_text("two").click()
    keys = window.page.keyboard
    keys.press("Tab")
    window.text.get_by_text("code", exact=True).click()
    keys.press("Home")
    keys.press("Tab")
    expect(window.text).to_be_focused()
    keys.press("ControlOrMeta+s")
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"] == "1. one\n   1. two\n2. three\n\n```\n  code\n```"
    keys.press("Escape")
    expect(window.text).to_be_focused()
    keys.press("Shift+Tab")
    expect(window.title).to_be_focused()
    window.text.get_by_text("two").click()
    keys.press("Escape")
    keys.press("Escape")
    expect(window.line("Steps")).to_be_focused()


@on_a_laptop
def test_a_task_that_is_ticked_keeps_the_focus(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Tasks", "- [ ] one\n- [ ] two")
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.button("Read").click()
    box = window.page.get_by_role("checkbox", name="two")
    box.focus()
    window.page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(box).to_be_focused()


@pytest.mark.parametrize("size", ["phone"], indirect=True)
def test_fingers_find_room(open_window: Opener, stack: Stack, me: Person) -> None:
    other = new_person(stack, "jonas")
    note = new_note(stack, me, "Everything", MARKDOWN)
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": other.id})
    window = open_window(me)
    small: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found: list[str] = window.page.evaluate(SMALL_TARGETS)
        if found:
            small[name] = found

    window.open()
    expect(window.line("Everything")).to_be_visible()
    look("list")
    window.page.get_by_role("button", name="I am").locator("visible=true").click()
    look("account")
    window.page.get_by_role("link", name="All people").click()
    window.button("Add a person").click()
    expect(window.page.get_by_role("listitem").first).to_be_visible()
    look("people")
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_contain_text("Nobody deploys")
    look("note")
    window.button("More").click()
    look("menu")
    window.page.keyboard.press("Escape")
    window.page.get_by_role("button", name=re.compile("^Share")).click()
    look("sharing")
    assert small == {}


def test_the_appearance_can_be_chosen_and_stays(window: Window) -> None:
    window.open()
    window.page.get_by_role("button", name="I am").locator("visible=true").first.click()
    window.page.get_by_role("button", name="Dark").click()
    dark = "rgb(23, 24, 26)"
    expect(window.page.locator("body")).to_have_css("background-color", dark)
    window.reload()
    expect(window.page.locator("body")).to_have_css("background-color", dark)


@on_a_laptop
def test_the_app_can_be_installed(kept_window: Window) -> None:
    window = kept_window
    window.open()
    address = window.page.locator("link[rel=manifest]").get_attribute("href")
    with urlopen(f"{window.origin}{address}") as answer:
        assert answer.headers["content-type"].startswith("application/manifest+json")
        manifest = json.load(answer)
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        with urlopen(window.origin + icon["src"]) as answer:
            assert answer.headers["content-type"] == icon["type"]
    assert {"any", "192x192", "512x512"} == {icon["sizes"] for icon in manifest["icons"]}
    assert "maskable" in {icon["purpose"] for icon in manifest["icons"]}
    assert window.page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.active !== null)")


@on_a_laptop
def test_the_policy_allows_nothing_inline(window: Window) -> None:
    with urlopen(window.origin + "/notes") as answer:
        policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'none'" in policy

"""What comes into a note from elsewhere, and what goes out of it."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop

PASTE = """(content, data) => {
  const transfer = new DataTransfer()
  for (const [type, value] of Object.entries(data)) transfer.setData(type, value)
  content.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
}"""
DROP = """(content, [name, type, bytes]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }))
  const { x, y } = content.getBoundingClientRect()
  const where = { clientX: x + 2, clientY: y + 10, bubbles: true, cancelable: true, composed: true }
  content.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, ...where }))
}"""
# The editor loads what makes rich text a second after itself.
RENDERER_SECONDS = 10
LISTEN = """() => window.addEventListener('copy', ({ clipboardData }) => {
  window.copied = { plain: clipboardData.getData('text/plain'), html: clipboardData.getData('text/html') }
})"""


def kept(window: Window, stack: Stack) -> str:
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    return str(note_of(stack, window.note_id())["content"])


def opened(open_window: Opener, stack: Stack, me: Person, content: str) -> Window:
    note = new_note(stack, me, "Clippings", content)
    window = open_window(me)
    window.open(f"/notes/{note['id']}")
    window.text.click()
    window.page.keyboard.press("ControlOrMeta+End")
    return window


@on_a_laptop
def test_rich_text_is_pasted_as_markdown(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "Before")
    html = "<ul><li>one <b>bold</b></li><li><a href='https://example.com/a'>two</a></li></ul>"
    window.text.evaluate(PASTE, {"text/html": html, "text/plain": "one bold\ntwo"})
    assert kept(window, stack) == "Before\n\n- one **bold**\n- [two](https://example.com/a)"
    window.page.keyboard.press("ControlOrMeta+z")
    assert kept(window, stack) == "Before"


@on_a_laptop
def test_rich_text_in_code_is_pasted_as_it_is(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "```\nx\n```")
    window.page.keyboard.press("ArrowUp")
    window.page.keyboard.press("End")
    window.text.evaluate(PASTE, {"text/html": "<b>y</b>", "text/plain": "y"})
    assert kept(window, stack) == "```\nxy\n```"


@on_a_laptop
def test_an_address_over_a_selection_makes_it_a_link(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "the plan")
    window.page.keyboard.press("ControlOrMeta+Shift+ArrowLeft")
    address = "https://example.com/plan"
    window.text.evaluate(PASTE, {"text/html": f"<a href='{address}'>{address}</a>", "text/plain": address})
    assert kept(window, stack) == f"the [plan]({address})"


@on_a_laptop
def test_what_is_copied_is_markdown_and_rich_text(open_window: Opener, stack: Stack, me: Person) -> None:
    window = opened(open_window, stack, me, "some **bold**")
    window.page.evaluate(LISTEN)
    window.page.keyboard.press("ControlOrMeta+a")
    copied = {"plain": "", "html": ""}
    until = time.monotonic() + RENDERER_SECONDS
    while copied["html"] == "" and time.monotonic() < until:
        window.page.keyboard.press("ControlOrMeta+c")
        copied = window.page.evaluate("window.copied")
    assert copied["plain"] == "some **bold**"
    assert "<strong>bold</strong>" in copied["html"]
    window.page.keyboard.press("ControlOrMeta+End")
    window.text.evaluate(PASTE, {"text/html": copied["html"], "text/plain": copied["plain"]})
    assert kept(window, stack) == "some **bold**some **bold**"


@on_a_laptop
def test_a_text_file_that_is_dropped_becomes_text_and_others_are_named(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = opened(open_window, stack, me, "")
    window.text.evaluate(DROP, ["plan.md", "text/markdown", list("# Plän\r\n".encode())])
    expect(window.text).to_contain_text("Plän")
    assert kept(window, stack) == "# Plän\n"
    window.text.evaluate(DROP, ["cat.png", "image/png", [0x89, 0x50, 0, 0xFF]])
    expect(window.page.get_by_role("alert")).to_contain_text("cat.png was left out")
    window.picture("refused-file")
    window.button("Close").click()
    expect(window.text).to_be_focused()
    assert kept(window, stack) == "# Plän\n"

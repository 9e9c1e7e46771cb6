"""Writing a note, and finding it again."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from local.stack import Stack
from tests.browser.app import Person, Window, gone_sideways, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop

MARKDOWN = """# Before the cut

- [ ] Freeze **main** on Thursday
- [x] Rotate the *staging* keys
- Update the `CHANGELOG.md`

> Nobody deploys on a Friday.

```sh
kubectl rollout status deploy/note-svc
```

| who | when |
| --- | ---: |
| Mira | Thursday |
| Jonas, who watches the error budget for the first thirty minutes | 15:00 |

See [the dashboard](https://grafana.example.com/d/1).
"""


def test_a_note_is_written_listed_and_there_again_after_a_reload(window: Window, stack: Stack) -> None:
    window.open()
    note_id = window.write_note("Release plan", "Freeze main on Thursday")
    window.state_is("saved")
    assert note_of(stack, note_id)["content"] == "Freeze main on Thursday"
    expect(window.page).to_have_title("Release plan · Notewire")
    window.picture("note-written")
    window.reload()
    expect(window.title).to_have_value("Release plan")
    expect(window.text).to_have_text("Freeze main on Thursday")
    window.to_list()
    expect(window.line("Release plan")).to_contain_text("Freeze main on Thursday")


@on_a_laptop
def test_enter_in_the_title_reaches_the_text_once_the_editor_is_loaded(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = open_window(me)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    window.page.route(re.compile("MarkdownEditor"), hold)
    window.open()
    window.button("New note").click()
    expect(window.title).to_be_focused()
    window.page.keyboard.type("Swift")
    window.page.keyboard.press("Enter")
    expect(window.text).to_have_count(0)
    for route in held:
        route.continue_()
    expect(window.text).to_be_focused()
    window.page.keyboard.type("and patient")
    window.state_is("saved")
    assert note_of(stack, window.note_id())["content"] == "and patient"


@on_a_laptop
def test_an_editor_that_cannot_be_had_is_asked_for_again(window: Window, stack: Stack, me: Person) -> None:
    new_note(stack, me, "Patient", "text to read meanwhile")
    window.open()
    window.page.evaluate("globalThis.stillHere = true")
    with window.calls_fail(re.compile(r"MarkdownEditor|/$")):
        window.line("Patient").click()
        for _ in range(2):
            window.page.wait_for_event("requestfailed", lambda request: "MarkdownEditor" in request.url)
        expect(window.page.locator("main article").get_by_text("text to read meanwhile")).to_be_visible()
        assert window.page.evaluate("globalThis.stillHere")
    expect(window.text).to_have_text("text to read meanwhile")


def test_an_edit_reaches_the_server_and_keeps_the_rest(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Agenda", "one")
    window.open(f"/notes/{note['id']}")
    window.text.click()
    window.page.keyboard.press("ControlOrMeta+End")
    window.page.keyboard.type(", two")
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    after = note_of(stack, note["id"])
    assert (after["title"], after["content"]) == ("Agenda", "one, two")


def test_a_note_without_a_word_is_not_kept(window: Window) -> None:
    window.open()
    window.button("New note").locator("visible=true").click()
    expect(window.title).to_be_focused()
    expect(window.state).to_have_count(0)
    window.page.keyboard.press("Escape")
    if not window.phone:
        window.open("/notes")
    expect(window.page.get_by_text("No notes yet")).to_be_visible()


def test_markdown_is_styled_in_place_and_tasks_can_be_ticked(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Checklist", MARKDOWN)
    window.open(f"/notes/{note['id']}")
    heading = window.text.locator(".h1")
    expect(heading).to_contain_text("Before the cut")
    font_size = "(line) => parseFloat(getComputedStyle(line).fontSize)"
    assert heading.evaluate(font_size) > 1.4 * window.text.locator(".cm-line").last.evaluate(font_size)
    boxes = window.text.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    expect(boxes.nth(1)).to_be_checked()
    tasks = window.page.locator("main article").get_by_text(re.compile(r"\d of \d tasks done"))
    expect(tasks).to_contain_text("1 of 2 tasks done")
    boxes.first.click()
    expect(boxes.first).to_be_checked()
    expect(tasks).to_contain_text("2 of 2 tasks done")
    window.state_is("saved")
    assert "- [x] Freeze **main**" in note_of(stack, note["id"])["content"]
    window.picture("markdown")
    assert gone_sideways(window.page) == []


def test_the_preview_shows_the_note_as_it_reads_and_ticks_too(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Checklist", MARKDOWN)
    window.open(f"/notes/{note['id']}")
    window.button("Read").click()
    preview = window.page.locator("main .read")
    expect(preview.get_by_role("heading", name="Before the cut")).to_be_visible()
    expect(preview.get_by_role("cell", name="Thursday")).to_have_css("text-align", "right")
    expect(preview.get_by_role("link", name="the dashboard")).to_have_attribute("rel", "noopener noreferrer")
    preview.get_by_role("checkbox").first.click()
    window.state_is("saved")
    assert "- [x] Freeze **main**" in note_of(stack, note["id"])["content"]
    window.picture("preview")
    assert gone_sideways(window.page) == []


@on_a_laptop
def test_what_others_write_cannot_run_or_fetch_anything(window: Window, stack: Stack, me: Person) -> None:
    picture = (
        '<img src=x onerror="document.title=1"> ![p](http://example.com/p.gif) ![q](data:image/gif;base64,R0lGODlh)'
    )
    bad = f"{picture} [x](javascript:alert(1)) <script>1</script>"
    note = new_note(stack, me, "Bad", bad)
    window.open(f"/notes/{note['id']}")
    window.button("Read").click()
    preview = window.page.locator("main .read")
    expect(preview).to_contain_text("<script>")
    expect(preview.locator("img, script, [onerror], [href^='javascript:']")).to_have_count(0)
    expect(window.page).to_have_title("Bad · Notewire")


def test_right_to_left_and_emoji_text_reads_the_right_way(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "مذكرة الإصدار 🚀", "# العنوان\n\n- نقطة\n\nplain English\n\nשלום text 👩‍💻")  # noqa: RUF001
    window.open(f"/notes/{note['id']}")
    expect(window.title).to_have_css("direction", "rtl")
    expect(window.text.locator(".h1")).to_have_css("direction", "rtl")
    expect(window.text.locator(".cm-line", has_text="plain English")).to_have_css("direction", "ltr")
    window.page.locator(".cm-line").last.click()
    window.page.keyboard.press("End")
    window.page.keyboard.insert_text(" 🧑‍🚒")
    window.state_is("saved")
    assert note_of(stack, note["id"])["content"].endswith("👩‍💻 🧑‍🚒")
    window.picture("right-to-left")
    window.button("Read").click()
    preview = window.page.locator("main .read")
    expect(preview.get_by_role("list")).to_have_css("direction", "rtl")
    expect(preview.get_by_text("plain English")).to_have_css("direction", "ltr")


@on_a_laptop
def test_a_note_prints_alone(open_window: Opener, stack: Stack, me: Person) -> None:
    window = open_window(me)
    note = new_note(stack, me, "On paper", MARKDOWN)
    window.open(f"/notes/{note['id']}")
    expect(window.text).to_be_visible()
    window.page.emulate_media(media="print")
    printed = window.page.locator(".printed")
    expect(printed.get_by_role("heading", name="On paper")).to_be_visible()
    expect(printed.get_by_role("cell", name="Mira")).to_be_visible()
    expect(printed.locator("blockquote")).not_to_have_css("margin-top", "0px")
    expect(window.page.get_by_role("navigation")).to_have_count(0)
    window.picture("print")


@on_a_laptop
def test_a_pasted_control_character_is_left_out(window: Window, stack: Stack) -> None:
    window.open()
    note_id = window.write_note("Paste", "")
    window.text.evaluate(
        """(content) => {
          const data = new DataTransfer()
          data.setData('text/plain', 'one\\u0000\\u0007\\r\\ntwo')
          content.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
        }"""
    )
    expect(window.text).to_contain_text(re.compile("one"))
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    assert note_of(stack, note_id)["content"] == "one\ntwo"


@on_a_laptop
def test_a_footnote_is_reached_and_left(window: Window, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Notes", "Claim[^1] here\n\n[^1]: Proof")
    window.open(f"/notes/{note['id']}")
    expect(window.text.locator(".footnote")).to_have_text(["1", "1"])
    expect(window.text.locator(".cm-line").first).to_have_text("Claim1 here")
    window.text.locator(".cm-line").first.click()
    window.page.keyboard.press("End")
    for _ in range(5):
        window.page.keyboard.press("ArrowLeft")
    expect(window.text.locator(".cm-line").first).to_have_text("Claim[^1] here")
    window.button("Read").click()
    read = window.page.locator("main .read")
    read.get_by_role("link", name="To footnote 1").click()
    expect(read.get_by_role("link", name="Footnote 1", exact=True)).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(read.get_by_role("link", name="To footnote 1")).to_be_focused()

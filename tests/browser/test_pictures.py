"""Pictures of the web are shown where their Markdown is."""

from __future__ import annotations

from base64 import b64decode

from playwright.sync_api import Locator, Request, Route, expect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note
from tests.browser.conftest import Opener, on_a_laptop

ADDRESS = "https://pictures.example/one.png"
NOTE = f"Above\n\n![A dot]({ADDRESS})\n\nBelow"
# 40 pixels wide and 30 high.
DRAW = """() => {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: 40, height: 30 })
  canvas.getContext('2d').fillRect(0, 0, 40, 30)
  return canvas.toDataURL('image/png').split(',')[1]
}"""


class Web:
    """What a host of pictures is asked for, and answers when it is let."""

    def __init__(self, window: Window) -> None:
        self.requests: list[Request] = []
        self.held: list[Route] = []
        self.window = window
        window.page.route("https://pictures.example/**", self._hold)

    def _hold(self, route: Route) -> None:
        self.requests.append(route.request)
        self.held.append(route)

    def answer(self) -> None:
        picture = b64decode(self.window.page.evaluate(DRAW))
        for route in self.held:
            route.fulfill(body=picture, content_type="image/png")
        self.held.clear()


def opened(open_window: Opener, stack: Stack, me: Person) -> tuple[Window, Web]:
    note = new_note(stack, me, "Picture", NOTE)
    window = open_window(me)
    web = Web(window)
    window.open(f"/notes/{note['id']}")
    return window, web


def top(place: Locator) -> float:
    return float(place.evaluate("(element) => element.getBoundingClientRect().top"))


@on_a_laptop
def test_a_picture_is_shown_and_keeps_its_room(open_window: Opener, stack: Stack, me: Person) -> None:
    window, web = opened(open_window, stack, me)
    picture = window.text.get_by_role("img", name="A dot")
    expect(picture).to_have_css("height", "192px")
    web.answer()
    expect(picture).to_have_css("height", "30px")
    assert web.requests[0].header_value("referer") is None
    below = top(window.text.get_by_text("Below"))
    window.picture("picture")
    window.button("Read").click()
    read = window.page.locator("main .read")
    expect(read.get_by_role("img", name="A dot")).to_have_css("height", "30px")
    assert abs(top(read.get_by_text("Below")) - below) < 2


@on_a_laptop
def test_its_markdown_is_seen_where_the_caret_is(open_window: Opener, stack: Stack, me: Person) -> None:
    window, web = opened(open_window, stack, me)
    window.text.get_by_text("Above").click()
    expect(window.text).not_to_contain_text(ADDRESS)
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("ArrowDown")
    expect(window.text).to_contain_text(ADDRESS)
    web.answer()
    expect(window.text.get_by_role("img", name="A dot")).to_be_visible()


@on_a_laptop
def test_a_picture_that_cannot_be_had_is_a_link(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Picture", NOTE)
    window = open_window(me)
    window.expect_outage()
    window.page.route("https://pictures.example/**", lambda route: route.abort())
    window.open(f"/notes/{note['id']}")
    expect(window.text.get_by_role("link", name="A dot")).to_have_attribute("href", ADDRESS)
    window.button("Read").click()
    read = window.page.locator("main .read")
    expect(read.get_by_role("link", name="A dot")).to_have_attribute("href", ADDRESS)

"""The app as a person meets it: a window of a real browser on the stack's front door."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Route, expect

from local.stack import Stack
from notewire_proto import note_pb2, note_pb2_grpc
from tests.stack import Message, called

PICTURES = Path("test-results/browser")
# What the browser itself writes when an address cannot be reached.
_LOST_CONNECTION = re.compile(r"Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED")
# What Playwright writes when a test does without the service worker.
_NO_WORKER = "Service Worker registration blocked by Playwright"
_AT_ONCE = 100
_CALLS = re.compile(r"/(user|note)\.")


@dataclass(frozen=True)
class Person:
    id: str
    username: str
    email: str


def new_person(stack: Stack, name: str = "mira") -> Person:
    """Somebody whom no other test knows."""
    username = f"{name}.{uuid4().hex[:8]}"
    answer = called(stack, "user.UserService/CreateUser", {"username": username, "email": f"{username}@example.com"})
    return Person(answer["id"], answer["username"], answer["email"])


def new_note(stack: Stack, owner: Person, title: str, content: str = "") -> Message:
    return called(stack, "note.NoteService/CreateNote", {"title": title, "content": content, "userId": owner.id})


def many_notes(stack: Stack, owner: Person, count: int) -> None:
    """Notes named `Note 0000` and so on, made side by side, so only about in this order."""
    with grpc.insecure_channel(f"127.0.0.1:{stack.settings.note_port}") as channel:
        create = note_pb2_grpc.NoteServiceStub(channel).CreateNote
        for start in range(0, count, _AT_ONCE):
            requests = (
                note_pb2.CreateNoteRequest(title=f"Note {index:04}", content="Some text. " * 30, user_id=owner.id)
                for index in range(start, min(start + _AT_ONCE, count))
            )
            for answer in [create.future(request) for request in requests]:
                answer.result()


def note_of(stack: Stack, note_id: str) -> Message:
    return called(stack, "note.NoteService/GetNote", {"id": note_id})


@dataclass
class Window:
    """One window; whatever it says on its console counts against the app."""

    page: Page
    stack: Stack
    size: str
    complaints: list[str] = field(default_factory=list)
    _outage: bool = False

    def __post_init__(self) -> None:
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or message.text == _NO_WORKER:
            return
        if self._outage and _LOST_CONNECTION.search(message.text):
            return
        self.complaints.append(f"{message.type}: {message.text}")

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.stack.settings.bridge_port}"

    @property
    def phone(self) -> bool:
        return self.size == "phone"

    def expect_outage(self) -> None:
        """From here on calls fail, as the test wants."""
        self._outage = True

    def open(self, path: str = "/notes") -> None:
        self.page.goto(self.origin + path)
        self.page.get_by_role("main").wait_for()

    def reload(self) -> None:
        self.page.reload()

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.size}.png")

    # Places in a note

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("textbox", name="Title")

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("textbox", name="Text", exact=True)

    @property
    def state(self) -> Locator:
        return self.page.locator("[data-state]")

    def state_is(self, kind: str, timeout: float = 10_000) -> None:
        expect(self.page.locator(f"[data-state={kind}]")).to_be_visible(timeout=timeout)

    def line(self, title: str) -> Locator:
        """A note's line in the list."""
        return self.page.locator("[data-note]").filter(has_text=title)

    def to_line(self, title: str) -> None:
        """Gives the focus to a note's line in the list, where letters are commands."""
        expect(self.line(title)).to_be_visible()
        self.line(title).focus()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def note_id(self) -> str:
        self.page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}"))
        found = re.search(r"/notes/([0-9a-f-]{36})", self.page.url)
        assert found is not None
        return found[1]

    def write_note(self, title: str, text: str) -> str:
        """Presses New and writes; answers the id."""
        self.page.get_by_role("button", name="New note").locator("visible=true").first.click()
        expect(self.title).to_be_focused()
        self.page.keyboard.type(title)
        self.page.keyboard.press("Enter")
        expect(self.text).to_be_focused()
        self.page.keyboard.insert_text(text)
        return self.note_id()

    def to_list(self) -> None:
        """Where the list and the note take turns, back to the list."""
        if self.phone:
            self.button("Back to the list").click()

    @contextmanager
    def calls_fail(self, pattern: re.Pattern[str] = _CALLS) -> Iterator[None]:
        self.expect_outage()
        self.page.route(pattern, _abort)
        try:
            yield
        finally:
            if not self.page.is_closed():
                self.page.unroute(pattern, _abort)


def _abort(route: Route) -> None:
    route.abort("connectionrefused")


def identify(where: BrowserContext | Page, person: Person) -> None:
    """Chooses who writes before the app starts, unless it was chosen in this browser."""
    me = json.dumps(json.dumps({"id": person.id, "username": person.username, "email": person.email}))
    where.add_init_script(f"localStorage['notewire.me'] ??= {me}")


def gone_sideways(page: Page) -> list[Any]:
    """What can be scrolled sideways, other than code and tables."""
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll('*')]
              .filter((e) => e.scrollWidth > e.clientWidth && !['PRE', 'TABLE'].includes(e.tagName))
              .filter((e) => e === document.documentElement || /auto|scroll/.test(getComputedStyle(e).overflowX))
              .map((e) => e.outerHTML.slice(0, 120))"""
    )
    return found


def conflict(window: Window, note_id: str, *, theirs: str, mine: str) -> None:
    """Somebody else changes the open note, and its reader types: the app shows both texts."""
    called(window.stack, "note.NoteService/UpdateNote", {"id": note_id, "content": theirs})
    window.page.keyboard.type(mine)
    expect(window.page.get_by_role("heading", name="Two texts of one note")).to_be_visible()

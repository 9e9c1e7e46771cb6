"""Somebody who writes at random in a note, knows what it has to say, and holds the app to it."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import NoReturn

from playwright.sync_api import CDPSession, Error
from playwright.sync_api import TimeoutError as Overdue

from local.stack import Stack
from tests.browser.app import Person, Window, new_note, note_of
from tests.browser.wire import Trouble, Wire

SLOWEST_KEY_MS = 120
FASTEST_KEY_MS = 15
THROTTLES = (1, 1, 2, 3, 4, 6)
# About how long a run types; the rest of it opens, reads back and undoes.
TYPING_MS = 4000
PATIENCE_SECONDS = 10.0
SAVED_MS = 30_000
LOOK_MS = 5000
# What a tab that is killed may take with it: the keys whose write to the browser's database had not ended.
LOST_SECONDS = 1.0
MOST_UNDO = 300
# A line that fits on the screen, so that Home and End go to its ends.
SHORT_LINE = 60
LETTERS = "abcdefghijklmnopqrstuvwxyz"
COMPOSED = (("e", "é"), ("k", "か", "かん", "漢"), ("n", "に", "にh", "にほ", "日本"), ("u", "ü"))
# What stands between the paragraphs of two windows.
HEDGE = "\n\nfirst hedge\n\nsecond hedge\n\nthird hedge\n\n"

_SHOWN = """(content) => {
  const lines = [...content.querySelectorAll('.cm-line')]
  const empty = content.querySelector('.cm-placeholder') !== null
  const texts = lines.map((line) => (empty ? '' : line.textContent))
  const selection = content.getRootNode().getSelection()
  const place = (node, offset) => {
    const index = lines.findIndex((line) => line.contains(node))
    if (index < 0) return -1
    const range = document.createRange()
    range.setStart(lines[index], 0)
    range.setEnd(node, offset)
    const before = texts.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0)
    return before + (empty ? 0 : range.toString().length)
  }
  const focused = document.hasFocus() && content.getRootNode().activeElement === content
  const caret = selection?.focusNode ? place(selection.focusNode, selection.focusOffset) : -1
  return { text: texts.join('\\n'), caret, focused }
}"""
_PASTE = """(content, text) => {
  const data = new DataTransfer()
  data.setData('text/plain', text)
  content.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
}"""


class Differs(AssertionError):
    """The app has another text than was typed."""


@dataclass(frozen=True)
class Shown:
    text: str
    # -1 where there is none.
    caret: int
    focused: bool


@dataclass(frozen=True)
class Plan:
    """What a seed stands for."""

    seed: int
    pace_ms: float
    throttle: int
    # The note is made in the app, and not there before.
    new: bool
    # A second window of the browser is open on the note.
    beside: bool
    keys: int
    # At which key what trouble begins, and for how many seconds.
    troubles: tuple[tuple[int, Trouble, float], ...]
    # At which key what happens to the window.
    blows: tuple[tuple[int, str], ...]

    @staticmethod
    def of(seed: int) -> Plan:
        chance = random.Random(seed)
        pace = chance.uniform(FASTEST_KEY_MS, SLOWEST_KEY_MS)
        throttle = chance.choice(THROTTLES)
        beside = chance.random() < 0.25
        keys = int(TYPING_MS / (pace + 8 + 4 * throttle))
        troubles = [
            (chance.randrange(keys), chance.choice(list(Trouble)), chance.uniform(0.8, 2.5))
            for _ in range(chance.choice((0, 1, 1, 2, 2)))
        ]
        troubles.sort(key=itemgetter(0))
        # A killed tab may take others of its browser with it.
        kinds = ("reload", "close") if beside else ("reload", "close", "kill", "kill")
        blows = [(chance.randrange(keys), chance.choice(kinds)) for _ in range(chance.choice((0, 0, 1, 1, 2)))]
        new = not beside and chance.random() < 0.4
        return Plan(seed, pace, throttle, new, beside, keys, tuple(troubles), tuple(sorted(blows)))


@dataclass
class Memory:
    """What the typist's own part of the note says, and where the caret is."""

    title: str
    text: str
    caret: int = 0
    anchor: int = 0
    # Every text since this window opened the note, to which undo may go back, and the first of them.
    seen: set[str] = field(default_factory=set)
    began: str = ""
    _past: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=1000))

    def begin(self) -> None:
        """A window has the note as it is now."""
        self.began = self.text
        self.seen = {self.text}
        self.note()

    def note(self) -> None:
        self.seen.add(self.text)
        self._past.append((time.monotonic(), self.title, self.text))

    def recent(self, seconds: float) -> list[tuple[str, str]]:
        """Title and text as they were at any moment of these last seconds, the latest last."""
        since = time.monotonic() - seconds
        moments = [*self._past, (time.monotonic(), "", "")]
        return [(title, text) for (_, title, text), (until, *_) in pairwise(moments) if until >= since]

    @property
    def selected(self) -> tuple[int, int]:
        return min(self.caret, self.anchor), max(self.caret, self.anchor)

    def put(self, insert: str) -> None:
        """In place of what is selected."""
        start, end = self.selected
        self.text = self.text[:start] + insert + self.text[end:]
        self.caret = self.anchor = start + len(insert)
        self.note()

    def cut(self, start: int, end: int) -> None:
        self.text = self.text[:start] + self.text[end:]
        self.caret = self.anchor = start
        self.note()

    def move(self, caret: int, *, select: bool = False) -> None:
        self.caret = caret
        if not select:
            self.anchor = caret

    @property
    def line(self) -> tuple[int, int]:
        """Where the caret's line begins and ends."""
        start = self.text.rfind("\n", 0, self.caret) + 1
        end = self.text.find("\n", self.caret)
        return start, len(self.text) if end < 0 else end

    @property
    def indented(self) -> bool:
        """Spaces around the caret with which the editor does more than a key says."""
        start, end = self.line
        line, before = self.text[start:end], self.text[start : self.caret]
        return line[:1] == " " or (before != "" and before.isspace()) or self.text[self.caret : self.caret + 1] == " "


class OtherHand:
    """Writes the last paragraph in a window beside."""

    def __init__(self, window: Window, chance: random.Random, text: str) -> None:
        self.window = window
        self.text = text
        self.texts = {text}
        self._chance = chance
        window.text.click()
        window.page.keyboard.press("ControlOrMeta+End")

    def key(self) -> None:
        letter = " " if self.text[-1] != " " and self._chance.random() < 0.2 else self._chance.choice(LETTERS)
        self.window.page.keyboard.press("Space" if letter == " " else letter)
        self.text += letter
        self.texts.add(self.text)


def difference(expected: str, got: str) -> str:
    """Both texts, and where they part."""
    place = next((at for at, (one, other) in enumerate(zip(expected, got, strict=False)) if one != other), None)
    if place is None:
        place = min(len(expected), len(got))
    around = slice(max(0, place - 20), place + 20)
    return (
        f"  expected {expected!r}\n  got      {got!r}\n"
        f"  first difference at {place}: expected {expected[around]!r}, got {got[around]!r}"
    )


class Typist:
    def __init__(self, plan: Plan, stack: Stack, wire: Wire, person: Person, opened: Callable[..., Window]) -> None:
        self.plan = plan
        self.memory = Memory(f"Typed {plan.seed}", "")
        self._stack = stack
        self._wire = wire
        self._person = person
        self._opened = opened
        self._chance = random.Random(-1 - plan.seed)
        self._keys = 0
        self._troubles = deque(plan.troubles)
        self._blows = deque(plan.blows)
        self._recent: deque[str] = deque(maxlen=40)
        self._actions: list[tuple[Callable[[], None], int]] = [
            (self._words, 40),
            (self._break_line, 6),
            (self._take_back, 10),
            (self._delete, 5),
            (self._move, 14),
            (self._select_and_replace, 8),
            (self._paste, 5),
            (self._compose, 7),
            (self._undo, 5),
            (self._entitle, 3),
            (self._read, 2),
            (self._go_elsewhere_and_back, 2),
            (self._pause, 4),
            (self._save, 3),
            (self._check, 6),
            (self._other_hand_writes, 12 if plan.beside else 0),
        ]
        self._session: CDPSession | None = None
        self._other: OtherHand | None = None
        self._other_keys = 0

    # A run

    def run(self, window: Window) -> None:
        self._begin(window)
        while self._keys < self.plan.keys:
            kinds, weights = zip(*self._actions, strict=True)
            self._chance.choices(kinds, weights)[0]()
            self._suffer()
        self._finish()

    def _begin(self, window: Window) -> None:
        self.window = window
        elsewhere = new_note(self._stack, self._person, "Elsewhere", "another note")
        self._elsewhere_id, self._elsewhere = str(elsewhere["id"]), str(elsewhere["content"])
        memory = self.memory
        if self.plan.new:
            window.open()
            self.note_id = window.write_note(memory.title, "")
        else:
            memory.text = "words that are there\n\nand some more of them\n"
            tail = HEDGE + "other hand" if self.plan.beside else ""
            self.note_id = str(new_note(self._stack, self._person, memory.title, memory.text + tail)["id"])
            window.open(f"/notes/{self.note_id}")
        if self.plan.beside:
            beside = self._opened(self._person, beside=window)
            beside.expect_outage()
            beside.open(f"/notes/{self.note_id}")
            self._other = OtherHand(beside, self._chance, "other hand")
        self._settle_in()

    def _settle_in(self) -> None:
        """The window has just opened the note."""
        self.window.expect_outage()
        self._throttle(self.plan.throttle)
        self.memory.begin()
        self._enter_text()

    def _throttle(self, rate: int) -> None:
        self._session = self.window.page.context.new_cdp_session(self.window.page)
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def _enter_text(self) -> None:
        self.window.text.click()
        if self._other is None and self._chance.random() < 0.8:
            self.window.page.keyboard.press("ControlOrMeta+End")
            self.memory.move(len(self.memory.text))
        else:
            self.window.page.keyboard.press("ControlOrMeta+Home")
            self.memory.move(0)
        self._check()

    # What is written

    def _key(self, key: str, *, times: int = 1) -> None:
        for _ in range(times):
            self.window.page.keyboard.press(key)
            self._rest()

    def _did(self, what: str) -> None:
        self._recent.append(what)

    def _rest(self) -> None:
        """Until the next key."""
        self._keys += 1
        while self._troubles and self._troubles[0][0] <= self._keys:
            _, trouble, seconds = self._troubles.popleft()
            self._did(f"[{trouble.name.lower()} for {seconds:.1f} s]")
            self._wire.begin(trouble, seconds)
        if self._other and self._other_keys > 0:
            self._other_keys -= 1
            self._other.key()
        pause = self.plan.pace_ms * self._chance.uniform(0.7, 1.3)
        self._wait(min(max(pause, FASTEST_KEY_MS), SLOWEST_KEY_MS))

    def _wait(self, milliseconds: float) -> None:
        self.window.page.wait_for_timeout(milliseconds)
        self._wire.tick()

    def _type(self, text: str) -> bool:
        """False where something came in between that moved the caret away."""
        for letter in text:
            self.window.page.keyboard.press("Space" if letter == " " else letter)
            self.memory.put(letter)
            self._rest()
            if self._suffer():
                return False
        return True

    def _word(self) -> str:
        return "".join(self._chance.choices(LETTERS, k=self._chance.randint(1, 9)))

    def _words(self) -> None:
        for _ in range(self._chance.randint(1, 4)):
            word = self._word()
            self._did(f"type {word!r}")
            if not self._type(word):
                return
            sign = self._chance.choices((" ", ", ", ". ", ""), (12, 2, 2, 1))[0]
            if not self._type(sign):
                return

    def _break_line(self) -> None:
        if self.memory.indented:
            return
        self._did("Enter")
        for _ in range(self._chance.randint(1, 2)):
            self.window.page.keyboard.press("Enter")
            self.memory.put("\n")
            self._rest()

    def _take_back(self) -> None:
        times = self._chance.randint(1, 6)
        self._did(f"Backspace up to {times}")
        for _ in range(times):
            start, _ = self.memory.line
            before = self.memory.text[start : self.memory.caret]
            if self.memory.caret == 0 or (before and before.isspace()):
                return
            self.window.page.keyboard.press("Backspace")
            self.memory.cut(self.memory.caret - 1, self.memory.caret)
            self._rest()

    def _delete(self) -> None:
        times = min(self._chance.randint(1, 4), len(self.memory.text) - self.memory.caret)
        self._did(f"Delete {times}")
        for _ in range(times):
            self.window.page.keyboard.press("Delete")
            self.memory.cut(self.memory.caret, self.memory.caret + 1)
            self._rest()

    def _move(self) -> None:
        memory = self.memory
        start, end = memory.line
        way = self._chance.choice(("left", "right", "home", "end", "up", "down", "words back", "middle"))
        self._did(way)
        if way == "left" or (way == "middle" and memory.caret > len(memory.text) // 2):
            self._step(-self._chance.randint(1, 8))
        elif way in {"right", "middle"}:
            self._step(self._chance.randint(1, 8))
        elif way in {"home", "end"} and end - start < SHORT_LINE and memory.text[start : start + 1] != " ":
            self._key("Home" if way == "home" else "End")
            memory.move(start if way == "home" else end)
        elif (way == "up" and start > 0) or (way == "down" and end < len(memory.text)):
            self._key("ArrowUp" if way == "up" else "ArrowDown")
            self._find_caret()
        elif way == "words back" and memory.caret > 0:
            for _ in range(self._chance.randint(1, 4)):
                self._key("ControlOrMeta+ArrowLeft")
            self._find_caret()

    def _step(self, by: int, *, select: bool = False) -> None:
        memory = self.memory
        by = min(max(by, -memory.caret), len(memory.text) - memory.caret)
        arrow = "ArrowLeft" if by < 0 else "ArrowRight"
        self._key(f"Shift+{arrow}" if select else arrow, times=abs(by))
        memory.move(memory.caret + by, select=select)

    def _select_and_replace(self) -> None:
        memory = self.memory
        by = self._chance.choice((-1, 1)) * self._chance.randint(1, 8)
        self._step(by, select=True)
        start, end = memory.selected
        if start == end:
            return
        self._did(f"select {memory.text[start:end]!r}")
        how = self._chance.choice(("type", "type", "delete", "paste", "compose", "leave"))
        if how == "type":
            self._words()
        elif how == "delete":
            self._did("Backspace")
            self.window.page.keyboard.press("Backspace")
            memory.cut(start, end)
            self._rest()
        elif how == "paste":
            self._paste()
        elif how == "compose":
            self._compose()
        else:
            self._did("ArrowRight")
            self._key("ArrowRight")
            memory.move(end)

    def _paste(self) -> None:
        words = [self._word() for _ in range(self._chance.randint(1, 4))]
        text = self._chance.choice((" ", " ", "\n")).join(words)
        self._did(f"paste {text!r}")
        self.window.text.evaluate(_PASTE, text)
        self.memory.put(text)
        self._rest()

    def _compose(self) -> None:
        """As an input method does it: the text under way changes until it is taken."""
        steps = self._chance.choice(COMPOSED)
        self._did(f"compose {steps}")
        memory = self.memory
        start, end = memory.selected
        before, after = memory.text[:start], memory.text[end:]
        assert self._session is not None
        for step in steps:
            place = {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
            self._session.send("Input.imeSetComposition", place)
            memory.text = before + step + after
            memory.move(start + len(step))
            memory.note()
            self._rest()
        self._session.send("Input.insertText", {"text": steps[-1]})
        self._rest()

    def _undo(self) -> None:
        """How many keys one undo takes back is the editor's to say; that it leads to a text of before is not."""
        times = self._chance.randint(1, 3)
        for key in ["z"] * times + ["Shift+z"] * self._chance.randint(0, times):
            self._did(f"Ctrl+{key}")
            self._key(f"ControlOrMeta+{key}")
            self._undone()
        self._find_caret()

    def _undone(self) -> None:
        own = self._own(self._look())
        if own not in self.memory.seen:
            self._fail("undo leads to a text that was never typed", difference(self.memory.text, own))
        self.memory.text = own
        self.memory.note()

    def _find_caret(self) -> None:
        """Takes on the caret after a key that goes where only the editor knows."""
        shown = self._look()
        if self._own(shown) != self.memory.text:
            self._fail("the editor", difference(self.memory.text, self._own(shown)))
        if not shown.focused or shown.caret < 0:
            self._fail("the editor has no caret", repr(shown))
        if shown.caret > len(self.memory.text):
            self._did("Ctrl+Home")
            self._key("ControlOrMeta+Home")
            self.memory.move(0)
        else:
            self.memory.move(shown.caret)

    def _entitle(self) -> None:
        self.window.title.focus()
        self._key("End")
        memory = self.memory
        for letter in self._word():
            self.window.page.keyboard.press(letter)
            memory.title += letter
            memory.note()
            self._rest()
        self._did(f"title {memory.title!r}, Enter")
        # It puts the caret at the beginning of the text.
        self._key("Enter")
        memory.move(0)
        self._check()

    def _read(self) -> None:
        self._did("Read, Write")
        self.window.button("Read").click()
        preview = self.window.page.locator("main .read")
        preview.wait_for()
        self._wait(self._chance.uniform(50, 600))
        if self._other is None and preview.inner_text().split() != self.memory.text.split():
            self._fail("Read", difference(self.memory.text, preview.inner_text()))
        self.window.button("Write").click()
        self._enter_text()

    def _go_elsewhere_and_back(self) -> None:
        self._did("another note and back")
        window = self.window
        window.page.locator(f"[data-note='{self._elsewhere_id}']").click()
        self._await(lambda: window.title.input_value() == "Elsewhere", "the other note")
        if self._chance.random() < 0.5:
            window.text.click()
            window.page.keyboard.press("ControlOrMeta+End")
            for letter in self._word():
                window.page.keyboard.press(letter)
                self._elsewhere += letter
                self._rest()
        self._wait(self._chance.uniform(0, 500))
        window.page.locator(f"[data-note='{self.note_id}']").click()
        self._await_text()
        self._enter_text()

    def _pause(self) -> None:
        self._did("pause")
        self._wait(self._chance.uniform(200, 1100))

    def _save(self) -> None:
        self._did("Ctrl+S")
        self._key("ControlOrMeta+s")

    def _other_hand_writes(self) -> None:
        count = self._chance.randint(3, 10)
        self._did(f"other hand {count}")
        if self._other is None:
            return
        if self._chance.random() < 0.5:
            # Between the keys here.
            self._other_keys = count
            return
        for _ in range(count):
            self._other.key()
            self._rest()

    # What happens to the window

    def _suffer(self) -> bool:
        if not self._blows or self._blows[0][0] > self._keys:
            return False
        _, blow = self._blows.popleft()
        self._did(f"[{blow}]")
        if blow == "reload":
            self.window.reload()
            self._await_text()
        elif blow == "close":
            with self.window.page.expect_event("close"):
                self.window.page.close(run_before_unload=True)
            self._open_again()
            self._await_text()
        else:
            self._kill()
        self._settle_in()
        return True

    def _open_again(self) -> None:
        self.window = self._opened(self._person, beside=self.window)
        self.window.expect_outage()
        self.window.open(f"/notes/{self.note_id}")

    def _kill(self) -> None:
        # The browser ends the page's process there and then; Playwright has no answer for a page that is no more.
        with self.window.page.expect_event("crash"), suppress(Error):
            self.window.page.goto("chrome://crash")
        recent = self.memory.recent(LOST_SECONDS)
        self.window.page.close()
        self._wire.end()
        self._open_again()
        still = 0
        texts = ("", "")

        def at_rest() -> bool:
            nonlocal still, texts
            before, texts = texts, (self.window.title.input_value(), self._own(self._look()))
            still = still + 1 if texts == before and texts in recent else 0
            return still > 5

        self._await(at_rest, "the text after the kill", lambda: difference(repr(recent[-1]), repr(texts)))
        lost = len(recent) - 1 - max(at for at, state in enumerate(recent) if state == texts)
        self._did(f"[{lost} keys lost]")
        self.memory.title, self.memory.text = texts

    # What is there

    def _look(self, window: Window | None = None) -> Shown:
        try:
            return Shown(**(window or self.window).text.evaluate(_SHOWN, timeout=LOOK_MS))
        except Overdue:
            page = (window or self.window).page
            self._fail("no editor is shown", f"  {page.url}: {page.get_by_role('main').inner_text()!r}")

    def _own(self, shown: Shown) -> str:
        """The typist's part of the text."""
        if self._other is None:
            return shown.text
        own, hedge, other = shown.text.partition(HEDGE)
        if not hedge or other not in self._other.texts:
            self._fail("what the other hand wrote", difference(HEDGE + self._other.text, hedge + other or own))
        return own

    @property
    def _all(self) -> str:
        return self.memory.text + (HEDGE + self._other.text if self._other else "")

    def _check(self) -> None:
        shown = self._look()
        if self._own(shown) != self.memory.text:
            self._fail("the editor", difference(self.memory.text, self._own(shown)))
        if not shown.focused:
            self._fail("the text has lost the focus", repr(shown))
        if shown.caret != self.memory.caret:
            self._fail("the caret", f"  expected at {self.memory.caret}, is at {shown.caret} of {shown.text!r}")

    def _await(self, check: Callable[[], bool], what: str, got: Callable[[], str] = str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not check():
            if time.monotonic() > until:
                self._fail(f"{what}: not within {PATIENCE_SECONDS:.0f} s", got())
            self._wait(30)

    def _await_text(self) -> None:
        """The note is open again, with all that was typed."""
        shown = ("", "")

        def there() -> bool:
            nonlocal shown
            shown = (self.window.title.input_value(), self._own(self._look()))
            return shown == (self.memory.title, self.memory.text)

        expected = repr((self.memory.title, self.memory.text))
        self._await(there, "the note opened again", lambda: difference(expected, repr(shown)))

    def _saved(self) -> None:
        """Whatever the state line calls saved is in the service."""
        try:
            self.window.state_is("saved", timeout=SAVED_MS)
        except AssertionError:
            self._fail("it is never saved", f"  state: {self.window.state.all_inner_texts()}")
        note = note_of(self._stack, self.note_id)
        if note["content"] != self._all:
            self._fail("the service", difference(self._all, note["content"]))
        if note["title"] != self.memory.title:
            self._fail("the title in the service", difference(self.memory.title, note["title"]))

    def _finish(self) -> None:
        self._did("[all is well again]")
        self._wire.end()
        self._other_keys = 0
        if self._other:
            self._converge(self._other)
        self._check()
        self._key("ControlOrMeta+s")
        self._saved()
        self._check()
        title = self.window.title.input_value()
        if title != self.memory.title:
            self._fail("the title", difference(self.memory.title, title))
        self._throttle(1)
        self._undo_all()
        self._key("ControlOrMeta+s")
        self._saved()
        self._await(lambda: note_of(self._stack, self._elsewhere_id)["content"] == self._elsewhere, "the other note")

    def _converge(self, other: OtherHand) -> None:
        for window in (self.window, other.window):
            text = ""

            def same(window: Window = window) -> bool:
                nonlocal text
                text = self._look(window).text
                return text == self._all

            self._await(same, "the text of both windows", lambda: difference(self._all, text))  # noqa: B023
        other.window.state_is("saved", timeout=SAVED_MS)

    def _undo_all(self) -> None:
        idle = 0
        for _ in range(MOST_UNDO):
            before = self.memory.text
            self.window.page.keyboard.press("ControlOrMeta+z")
            self._undone()
            idle = idle + 1 if self.memory.text == before else 0
            if idle == 3:
                break
        if self.memory.text != self.memory.began:
            self._fail("undo does not lead back", difference(self.memory.began, self.memory.text))

    def _fail(self, what: str, how: str) -> NoReturn:
        actions = "; ".join(self._recent)
        raise Differs(f"seed {self.plan.seed}: {what}\n{how}\n  {self.plan}\n  last: {actions}")


@contextmanager
def typist(plan: Plan, stack: Stack, person: Person, opened: Callable[..., Window]) -> Iterator[tuple[Typist, Window]]:
    window = opened(person)
    wire = Wire(window.page.context)
    try:
        yield Typist(plan, stack, wire, person, opened), window
    finally:
        wire.remove()

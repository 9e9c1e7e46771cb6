"""What can happen to the calls about notes between the browser and the service."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto

from playwright.sync_api import BrowserContext, Error, Route

_CALLS = re.compile(r"/note\.NoteService/(Create|Update|Get)Note$")
_SLOW_SECONDS = 1.5


class Trouble(Enum):
    # Nothing gets through.
    REFUSED = auto()
    # The door answers that the service is not there.
    UNAVAILABLE = auto()
    # Calls take long to get to the service.
    SLOW = auto()
    # Answers take long to get back.
    LATE = auto()
    # The service does it, and the browser never hears of it.
    LOST = auto()
    # The service gets it twice, and the second answer is what the browser hears.
    TWICE = auto()


# Where reading fails too, a note that this browser never had cannot be opened.
_OF_ALL_CALLS = {Trouble.SLOW, Trouble.LATE}


class Wire:
    """The way of one browser's calls; whoever uses it calls `tick` every now and then."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._trouble: Trouble | None = None
        self._until = 0.0
        self._held: list[tuple[float, Callable[[], None]]] = []
        context.route(_CALLS, self._meet)

    def begin(self, trouble: Trouble, seconds: float) -> None:
        self._trouble = trouble
        self._until = time.monotonic() + seconds

    def end(self) -> None:
        """All gets through again, what was held too."""
        self._trouble = None
        held, self._held = self._held, []
        for _, action in held:
            _done(action)

    def remove(self) -> None:
        self.end()
        self._context.unroute(_CALLS, self._meet)

    def tick(self) -> None:
        now = time.monotonic()
        if now > self._until:
            self._trouble = None
        due = [action for at, action in self._held if at <= now]
        self._held = [(at, action) for at, action in self._held if at > now]
        for action in due:
            _done(action)

    def _meet(self, route: Route) -> None:
        trouble = self._trouble
        if trouble not in _OF_ALL_CALLS and route.request.url.endswith("GetNote"):
            trouble = None
        # A window that is gone meanwhile needs no answer.
        with suppress(Error):
            if trouble is None:
                route.continue_()
            elif trouble is Trouble.REFUSED:
                route.abort("connectionrefused")
            elif trouble is Trouble.UNAVAILABLE:
                route.fulfill(status=503, content_type="text/plain", body="no healthy upstream")
            elif trouble is Trouble.SLOW:
                self._hold(route.continue_)
            elif trouble is Trouble.LATE:
                answer = route.fetch()
                self._hold(lambda: route.fulfill(response=answer))
            elif trouble is Trouble.LOST:
                route.fetch()
                route.abort("connectionreset")
            else:
                route.fetch()
                route.fulfill(response=route.fetch())

    def _hold(self, action: Callable[[], None]) -> None:
        self._held.append((time.monotonic() + _SLOW_SECONDS, action))


def _done(action: Callable[[], None]) -> None:
    with suppress(Error):
        action()

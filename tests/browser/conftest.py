from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright

from local.stack import Stack
from tests.browser.app import Person, Window, identify, new_person

SIZES = {"phone": (390, 844), "tablet": (768, 1024), "laptop": (1440, 900)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Debian's: the one without a window takes half the processor time.
_SYSTEM_CHROMIUM = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
_NONE = "no Chromium found: install Debian's chromium-headless-shell, or run `.venv/bin/playwright install chromium`"


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, else the one that Playwright brings."""
    path = next((path for path in _SYSTEM_CHROMIUM if path.exists()), None)
    try:
        return playwright.chromium.launch(executable_path=path, args=FLAGS)
    except Error:
        pytest.fail(_NONE, pytrace=False)


@pytest.fixture(scope="package")
def browser(stack: Stack) -> Iterator[Browser]:
    """Playwright keeps an event loop running, so it ends before other packages' tests begin."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


# What does not differ between sizes is looked at once.
on_a_laptop = pytest.mark.parametrize("size", ["laptop"], indirect=True)
on_a_tablet = pytest.mark.parametrize("size", ["tablet"], indirect=True)


@pytest.fixture(params=["phone", "laptop"])
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def new_context(browser: Browser, size: str, *, scheme: str = "light", worker: bool = True) -> BrowserContext:
    width, height = SIZES[size]
    touch = size != "laptop"
    return browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=touch,
        is_mobile=touch,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        service_workers="allow" if worker else "block",
        locale="en-GB",
    )


Opener = Callable[..., Window]


class Contexts:
    """Browser contexts, used again, since one that begins anew costs more than most tests do.

    Whatever pages kept in it is cleared before; one with a service worker is for one test alone.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[tuple[str, str], list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def one(self, size: str, scheme: str, *, worker: bool) -> Iterator[BrowserContext]:
        free = self._free[size, scheme]
        context = free.pop() if free and not worker else new_context(self._browser, size, scheme=scheme, worker=worker)
        yield context
        if worker:
            context.close()
            return
        for page in context.pages:
            page.close()
        context.set_offline(False)
        free.append(context)


def forget_everything(window: Window) -> None:
    """Clears what other pages kept in this window's browser; the window itself shows nothing yet."""
    session = window.page.context.new_cdp_session(window.page)
    session.send("Storage.clearDataForOrigin", {"origin": window.origin, "storageTypes": "all"})
    session.detach()


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def me(stack: Stack) -> Person:
    return new_person(stack)


@pytest.fixture
def open_window(contexts: Contexts, stack: Stack, size: str) -> Iterator[Opener]:
    """Opens windows: each in a browser of its own, unless it is told to share another's."""
    windows: list[Window] = []
    with ExitStack() as used:

        def opened(
            person: Person | None, *, beside: Window | None = None, scheme: str = "light", worker: bool = False
        ) -> Window:
            context = beside.page.context if beside else used.enter_context(contexts.one(size, scheme, worker=worker))
            window = Window(context.new_page(), stack, size)
            windows.append(window)
            if beside is None:
                forget_everything(window)
            if person is not None:
                identify(window.page, person)
            return window

        yield opened
    assert [complaint for window in windows for complaint in window.complaints] == []


@pytest.fixture
def window(open_window: Opener, me: Person) -> Window:
    """A window in which `me` writes; a test opens what it is about."""
    return open_window(me)


@pytest.fixture
def kept_window(open_window: Opener, me: Person) -> Window:
    """The same with the service worker, which keeps the app's files."""
    return open_window(me, worker=True)

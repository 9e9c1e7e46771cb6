from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright

from local.stack import Stack
from tests.browser.app import Person, Window, identify, new_person

SIZES = {"phone": (390, 844), "tablet": (768, 1024), "laptop": (1440, 900)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
_NONE = "no Chromium found: install Debian's chromium, or run `.venv/bin/playwright install chromium`"


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, else the one that Playwright brings."""
    if _SYSTEM_CHROMIUM.exists():
        return playwright.chromium.launch(executable_path=_SYSTEM_CHROMIUM, args=FLAGS)
    try:
        return playwright.chromium.launch(args=FLAGS)
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


@pytest.fixture
def me(stack: Stack) -> Person:
    return new_person(stack)


@pytest.fixture
def open_window(browser: Browser, stack: Stack, size: str) -> Iterator[Opener]:
    """Opens windows: each in a browser of its own, unless it is told to share another's."""
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def opened(
        person: Person | None, *, beside: Window | None = None, scheme: str = "light", worker: bool = True
    ) -> Window:
        if beside is not None:
            context = beside.page.context
        else:
            context = new_context(browser, size, scheme=scheme, worker=worker)
            contexts.append(context)
            if person is not None:
                identify(context, person)
        window = Window(context.new_page(), stack, size)
        windows.append(window)
        return window

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []


@pytest.fixture
def window(open_window: Opener, me: Person) -> Window:
    """A window in which `me` writes, with the list shown."""
    window = open_window(me)
    window.open()
    return window

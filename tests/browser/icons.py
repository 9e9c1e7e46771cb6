"""Makes the app's icons for home screens from its SVG: `python -m tests.browser.icons web/public`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import launch

# Systems cut a maskable icon to a shape of their own; its inner circle of four fifths always shows.
MASKABLE_SCALE = 0.8


def squared(svg: str, scale: float) -> str:
    """The picture without its round corners, and its sign at this scale: the system rounds and cuts."""
    square = re.sub(r' rx="\d+"', "", svg)
    middle = 32 * (1 - scale)
    return square.replace("<path", f'<path transform="translate({middle} {middle}) scale({scale})"')


def main(directory: Path) -> None:
    svg = (directory / "favicon.svg").read_text()
    icons = {
        "icon-192.png": (192, svg),
        "icon-512.png": (512, svg),
        "icon-maskable-512.png": (512, squared(svg, MASKABLE_SCALE)),
        "apple-touch-icon.png": (180, squared(svg, 1)),
    }
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, (side, picture) in icons.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {side}px }}</style>{picture}")
            page.screenshot(path=directory / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

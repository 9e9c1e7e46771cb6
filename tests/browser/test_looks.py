"""What is written looks like what is read: no word moves when the one becomes the other."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FloatRect

from local.stack import Stack
from tests.browser.app import Person, Window, new_note
from tests.browser.conftest import Opener

# Every word is there once, so that its places can be compared.
TEXT = """\
# Heading one
## Heading two
### Heading three
#### Heading four

A paragraph that is long enough to need a second line on a laptop, with **bold**, *italics*, ~~struck~~, `code span` and
a [link](https://example.com/that/is/hidden) in its middle, then two  spaces.
Same block, newline.


Twice blank above.

- bullet alpha
- bullet beta that also needs more than one single row when it has to fit into what is left of a narrow window's width
  - nested gamma
    - deeper delta
      - deepest epsilon

- loose zeta
  continued eta

  separate theta

1. first
2. second
   1. inner
   2. another

9. nine
10. ten

- [ ] task open
- [x] task closed
  - [ ] task within
    text below

> quoted words that are long enough for another row, since those that quote a whole paragraph are the usual ones here
> second quoted
>
> - quoted bullet
>   > quoted twice

```js
const answer = 42

  indented()
```

> ```
> quotedcode
> ```

| columnone | *columntwo* | columnthree |
| --- | :---: | ---: |
| `rowone` | **middleone** with words that make it wide enough to need more than one line | rightone |
| rowtwo |  | [righttwo](https://example.com/hidden) |

> | quotedhead | quotedother |
> | --- | --- |
> | quotedcell | quotedlast |

Footnoted[^fn] words, [^undefined] and [^fnlink](https://example.com/x)

[^fn]: Explained at length, so that it needs more than one line wherever somebody looks at it, even on a large screen
[^other]: Elsewhere

Between

***

# Closing *heading*

Underlined
==========

Last `word` \\*escaped\\*
"""
PLACES = """(root) => {
  const places = {}
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const { 0: word, index } of node.data.matchAll(/[a-z0-9]{3,}/gi)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const { x, y, width, height } = range.getBoundingClientRect()
      const style = getComputedStyle(node.parentElement)
      if (width > 0) (places[word] ??= []).push({ x, y, width, height, font: `${style.fontWeight} ${style.fontStyle}` })
    }
  }
  return places
}"""
DIFFERENCE = """async ([written, read]) => {
  const pixels = async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)
  }
  const [one, other] = [await pixels(written), await pixels(read)]
  const paper = one[0]
  let [ink, differing] = [0, 0]
  one.forEach((pixel, index) => {
    if (pixel !== paper || other[index] !== paper) ink++
    if (pixel !== other[index]) differing++
  })
  return differing / ink
}"""
# A pixel or two.
MOVED = 2.0
# Measured: 0.4 %, while a list without its bullets differs by more.
OTHER_INK = 0.01
# The title and what is below it.
ABOVE = 120


@dataclass(frozen=True)
class Place:
    x: float
    y: float
    width: float
    height: float
    font: str

    def moved(self, other: Place) -> bool:
        pairs = ((self.x, other.x), (self.y, other.y), (self.width, other.width), (self.height, other.height))
        return self.font != other.font or any(abs(one - two) > MOVED for one, two in pairs)


def places(found: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, int], Place]:
    return {(word, at): Place(**place) for word, all_ in found.items() for at, place in enumerate(all_)}


def compare(window: Window, name: str) -> None:
    window.page.mouse.move(0, 0)
    window.text.wait_for()
    window.text.locator(".tok-keyword").wait_for()
    window.text.evaluate("(content) => content.blur()")
    box = window.page.locator("main article").bounding_box()
    assert box is not None
    clip: FloatRect = {"x": box["x"], "y": box["y"] + ABOVE, "width": box["width"], "height": box["height"] - ABOVE}
    window.picture(f"looks-{name}-written")
    written_picture = window.page.screenshot(clip=clip)
    written = places(window.text.evaluate(PLACES))
    window.button("Read").click()
    read_text = window.page.locator("main .read")
    read_text.locator(".tok-keyword").wait_for()
    window.picture(f"looks-{name}-read")
    read = places(read_text.evaluate(PLACES))
    assert written.keys() == read.keys()
    moved = {word: (place, read[word]) for word, place in written.items() if place.moved(read[word])}
    assert moved == {}
    read_picture = window.page.screenshot(clip=clip)
    blank = window.page.context.new_page()
    both = [b64encode(picture).decode() for picture in (written_picture, read_picture)]
    share: float = blank.evaluate(DIFFERENCE, both)
    blank.close()
    print(f"{name}, {window.size}: {share:.1%} of the ink differs")
    assert share < OTHER_INK


@pytest.mark.parametrize("size", ["phone", "tablet", "laptop"], indirect=True)
def test_no_word_moves(open_window: Opener, stack: Stack, me: Person) -> None:
    note = new_note(stack, me, "Looks", TEXT)
    window = open_window(me)
    width = window.page.evaluate("innerWidth")
    window.page.set_viewport_size({"width": width, "height": 2400})
    window.open(f"/notes/{note['id']}")
    compare(window, "all")

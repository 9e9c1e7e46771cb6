import { MOST_FOUND, type Finder, type Found } from '@/features/finding/finder'

const BLOCKS = 'p, h1, h2, h3, h4, h5, h6, td, th, pre, header'
const [ALL, HERE] = ['found', 'found-here']
// Here, since the build's checker of style sheets does not know such elements.
const looks = new CSSStyleSheet()
looks.replaceSync(`::highlight(${ALL}) { background-color: var(--color-found) } ::highlight(${HERE}) { background-color: var(--color-found-here) }`)
document.adoptedStyleSheets.push(looks)

interface Piece {
  readonly node: Text
  readonly start: number
}

/** Marks what is found by the CSS Custom Highlight API, which leaves the page as it is. */
export function createFinder(root: HTMLElement): Finder {
  let [wanted, matchCase, at] = ['', false, -1]
  let places: readonly Range[] = []
  const topOf = (place: Range | HTMLElement): number => place.getBoundingClientRect().top
  /** What is found for a longer word is where the shorter one was, if it is there. */
  let start = Math.max(0, -topOf(root))

  // A text from elsewhere, or code that gets its colours.
  const observer = new MutationObserver(() => {
    look()
    mark()
  })
  observer.observe(root, { childList: true, subtree: true })

  function look(): void {
    places = wanted === '' ? [] : rangesOf(root, new RegExp(escaped(wanted), matchCase ? 'gu' : 'giu'))
    at = Math.min(at, places.length - 1)
  }

  function mark(): void {
    const here = places[at]
    // Where a browser has no such highlights, what is found is only scrolled to.
    if ('highlights' in CSS) {
      CSS.highlights.set(ALL, new Highlight(...places))
      CSS.highlights.set(HERE, new Highlight(...(here ? [here] : [])))
    }
  }

  function show(): Found {
    mark()
    const here = places[at]
    if (here) {
      start = topOf(here) - topOf(root)
      here.startContainer.parentElement?.scrollIntoView({ block: 'center' })
    }
    return { count: places.length, at: at + 1 }
  }

  return {
    find(text, exactly) {
      ;[wanted, matchCase] = [text, exactly]
      look()
      at = places.findIndex((place) => topOf(place) - topOf(root) >= start)
      if (at < 0 && places.length > 0) at = 0
      return show()
    },
    again() {
      look()
      return show()
    },
    step(by) {
      if (places.length > 0) at = (at + by + places.length) % places.length
      return show()
    },
    replace: null,
    selected() {
      const text = getSelection()?.toString() ?? ''
      return text.includes('\n') ? '' : text.slice(0, 200)
    },
    end() {
      observer.disconnect()
      if (!('highlights' in CSS)) return
      CSS.highlights.delete(ALL)
      CSS.highlights.delete(HERE)
    },
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Over all elements of a line, and never from one block into the next. */
function rangesOf(root: HTMLElement, pattern: RegExp): Range[] {
  const pieces: Piece[] = []
  let text = ''
  let block: Element | null = null
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!(node instanceof Text)) continue
    const own = node.parentElement?.closest(BLOCKS) ?? null
    if (own !== block) text += '\0'
    block = own
    pieces.push({ node, start: text.length })
    text += node.data
  }
  const ranges: Range[] = []
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (ranges.length === MOST_FOUND) break
    const range = document.createRange()
    const first = pieceAt(pieces, index)
    const last = pieceAt(pieces, index + found.length - 1)
    if (!first || !last) continue
    range.setStart(first.node, index - first.start)
    range.setEnd(last.node, index + found.length - last.start)
    ranges.push(range)
  }
  return ranges
}

function pieceAt(pieces: readonly Piece[], position: number): Piece | undefined {
  let [low, high] = [0, pieces.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((pieces[middle]?.start ?? 0) <= position) low = middle
    else high = middle
  }
  return pieces[low]
}

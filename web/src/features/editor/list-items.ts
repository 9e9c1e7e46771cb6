import { ensureSyntaxTree } from '@codemirror/language'
import type { EditorState, TransactionSpec } from '@codemirror/state'
import { difference } from './difference'

/** Milliseconds that a key may wait for the text to be read as Markdown. */
const PATIENCE_MS = 20
const QUOTE = /^(?: {0,3}>[ ]?)*/
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])( {1,4}(?=\S)| |$)/

interface Item {
  /** Counted from the first line of the lists. */
  readonly line: number
  /** Columns before the marker, and before the text, where the items within begin. */
  readonly indent: number
  readonly content: number
  readonly marker: string
  readonly parent: Item | null
  readonly children: Item[]
  /** The line after the last that belongs to it. */
  end: number
}

/**
 * Moves the items of lists that the selection touches one level in (1) or out (-1), with all that belongs to them, and
 * counts numbered items anew. Null where the selection is in no list.
 */
export function movedItems(state: EditorState, by: 1 | -1): TransactionSpec | null {
  const { main } = state.selection
  const [first, last] = [state.doc.lineAt(main.from).number, state.doc.lineAt(main.to).number]
  const [top, bottom] = extent(state, first, last)
  const old: string[] = []
  for (let number = top; number <= bottom; number++) old.push(state.doc.line(number).text)
  const isText = proseOf(state, top, bottom)
  const items = itemsOf(old, isText)
  const chosen = items.filter((item) => item.line <= last - top && ownEnd(item) > first - top)
  if (chosen.length === 0) return null
  const moving = chosen.filter((item) => !chosen.some((other) => isWithin(item, other)))
  const lines = [...old]
  const touched = new Set<number>()
  for (const item of moving) {
    for (const mate of siblings(item, items)) touched.add(mate.line)
    const place = by === 1 ? placeWithin(item, items, moving) : item.parent && { indent: item.parent.indent, like: item.parent.marker }
    if (!place) continue
    const marker = place.like === null ? fresh(item.marker) : isNumber(place.like) === isNumber(item.marker) ? item.marker : place.like
    lines[item.line] = withMarker(lines[item.line] ?? '', marker)
    shift(lines, item.line, item.line + 1, place.indent - item.indent)
    shift(lines, item.line + 1, item.end, place.indent - item.indent + marker.length - item.marker.length)
  }
  count(lines, items, touched, isText)
  const changes = lines.flatMap((line, index) => (line === old[index] ? [] : difference(old[index] ?? '', line, state.doc.line(top + index).from)))
  return { changes, userEvent: by === 1 ? 'input.indent' : 'delete.dedent', scrollIntoView: true }
}

/** The lines around these that can belong to the same lists: up and down to text that stands by itself. */
function extent({ doc }: EditorState, first: number, last: number): [number, number] {
  const apart = (number: number): boolean => {
    const text = stripped(doc.line(number).text)
    return text !== '' && !/^[ \t]/.test(text) && !ITEM.test(text) && stripped(doc.line(Math.max(1, number - 1)).text) === ''
  }
  let top = first
  while (top > 1 && !apart(top)) top--
  let bottom = last
  while (bottom < doc.lines && !apart(bottom + 1)) bottom++
  return [top, bottom]
}

/** Tells which of the lines are no code. */
function proseOf(state: EditorState, top: number, bottom: number): (line: number) => boolean {
  const code = new Set<number>()
  const [from, to] = [state.doc.line(top).from, state.doc.line(bottom).to]
  ensureSyntaxTree(state, to, PATIENCE_MS)?.iterate({
    from,
    to,
    enter({ name, from: start, to: end }) {
      if (name !== 'FencedCode') return
      for (let number = state.doc.lineAt(start).number; number <= state.doc.lineAt(end).number; number++) code.add(number - top)
    },
  })
  return (line) => !code.has(line)
}

function stripped(line: string): string {
  return line.slice(QUOTE.exec(line)?.[0].length ?? 0).trimEnd()
}

function columns(space: string): number {
  let column = 0
  for (const sign of space) column = sign === '\t' ? column - (column % 4) + 4 : column + 1
  return column
}

/** https://spec.commonmark.org/0.31.2/#list-items: what begins at an item's text or right of it is within the item. */
function itemsOf(lines: readonly string[], isText: (line: number) => boolean): Item[] {
  const items: Item[] = []
  let open: Item[] = []
  lines.forEach((line, index) => {
    const text = line.slice(QUOTE.exec(line)?.[0].length ?? 0)
    const found = isText(index) ? ITEM.exec(text) : null
    if (!found) {
      if (text.trim() !== '') for (const item of open) item.end = index + 1
      return
    }
    const [, space = '', marker = '', gap = ''] = found
    const indent = columns(space)
    open = open.filter((item) => item.content <= indent)
    const parent = open.at(-1) ?? null
    const item: Item = { line: index, indent, content: indent + marker.length + Math.max(1, gap.length), marker, parent, children: [], end: index + 1 }
    parent?.children.push(item)
    open.push(item)
    items.push(item)
    for (const holder of open) holder.end = index + 1
  })
  return items
}

/** The line after the last that is the item's own and not of an item within. */
function ownEnd(item: Item): number {
  return item.children[0]?.line ?? item.end
}

function isWithin(item: Item, other: Item): boolean {
  for (let holder = item.parent; holder; holder = holder.parent) if (holder === other) return true
  return false
}

function siblings(item: Item, items: readonly Item[]): readonly Item[] {
  return item.parent?.children ?? items.filter(({ parent }) => parent === null)
}

/** Where an item goes that moves into the one above it, and the marker of those that are there. */
function placeWithin(item: Item, items: readonly Item[], moving: readonly Item[]): { indent: number; like: string | null } | null {
  const level = siblings(item, items)
  const above = level.slice(0, level.indexOf(item)).findLast((mate) => !moving.includes(mate))
  if (!above) return null
  const mate = above.children.at(-1)
  return { indent: mate?.indent ?? above.content, like: mate?.marker ?? null }
}

function isNumber(marker: string): boolean {
  return /\d/.test(marker)
}

/** The marker of a first item. */
function fresh(marker: string): string {
  return isNumber(marker) ? `1${marker.slice(-1)}` : marker
}

function withMarker(line: string, marker: string): string {
  const quote = QUOTE.exec(line)?.[0] ?? ''
  return quote + line.slice(quote.length).replace(ITEM, (_, space: string, __, gap: string) => space + marker + gap)
}

function shift(lines: string[], from: number, to: number, by: number): void {
  for (let index = from; index < to; index++) {
    const line = lines[index] ?? ''
    const quote = QUOTE.exec(line)?.[0] ?? ''
    const text = line.slice(quote.length)
    const rest = text.trimStart()
    if (by !== 0 && rest !== '') lines[index] = quote + ' '.repeat(Math.max(0, columns(text.slice(0, text.length - rest.length)) + by)) + rest
  }
}

/** Numbers the lists that the touched lines are in now. One whose numbers are all the same stays so. */
function count(lines: string[], before: readonly Item[], touched: ReadonlySet<number>, isText: (line: number) => boolean): void {
  const parentBefore = new Map(before.map(({ line, parent }) => [line, parent?.line]))
  const counted = new Set<number>()
  for (;;) {
    // Anew after each list: a longer number moves what is within its item.
    const items = itemsOf(lines, isText)
    const start = items.find((item) => touched.has(item.line) && isNumber(item.marker) && !counted.has(item.line))
    if (!start) return
    const level = siblings(start, items)
    const run = level.filter((item) => isNumber(item.marker))
    const staid = run.filter((item) => parentBefore.get(item.line) === item.parent?.line)
    const same = staid.length > 1 && new Set(staid.map(({ marker }) => marker)).size === 1
    const [head] = run
    let number = head && staid.includes(head) ? parseInt(head.marker, 10) : 1
    for (const item of run) {
      counted.add(item.line)
      const marker = `${number}${item.marker.slice(-1)}`
      lines[item.line] = withMarker(lines[item.line] ?? '', marker)
      shift(lines, item.line + 1, item.end, marker.length - item.marker.length)
      if (!same) number++
    }
  }
}

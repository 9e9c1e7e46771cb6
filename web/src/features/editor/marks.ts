import { syntaxTree } from '@codemirror/language'
import { EditorSelection, type ChangeSpec, type EditorState, type SelectionRange, type StateCommand } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'

interface Kind {
  /** Of the node in the syntax tree, and of the marks in it. */
  readonly node: string
  readonly mark: string
  /** What stands on both sides of a text. */
  readonly sign: (text: string) => string
}

export const BOLD: Kind = { node: 'StrongEmphasis', mark: 'EmphasisMark', sign: () => '**' }
export const ITALIC: Kind = { node: 'Emphasis', mark: 'EmphasisMark', sign: () => '*' }
export const STRUCK: Kind = { node: 'Strikethrough', mark: 'StrikethroughMark', sign: () => '~~' }
export const CODE: Kind = { node: 'InlineCode', mark: 'CodeMark', sign: fence }

/** What a line begins with and no formatting is put around. */
const LINE_START = /^(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\[[ xX]\]\s)*/

interface Span {
  readonly from: number
  readonly to: number
}

/** A node of the kind: with its marks, and what is between them. */
interface Marked extends Span {
  readonly inner: Span
}

/** Nothing but spaces and marks of other kinds. */
const BARE = /^[\s*_~]*$/

/** Longer than any row of backticks within: https://spec.commonmark.org/0.31.2/#code-spans */
function fence(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([row]) => row.length))
  return '`'.repeat(longest === 0 ? 1 : longest + 1)
}

/** Marks what is selected, the word around the caret, or what is typed next; takes the marks away where they are. */
export function toggleMark(kind: Kind): StateCommand {
  return ({ state, dispatch }) => {
    const changed = state.changeByRange((range) => {
      if (kind !== CODE && nodeAround(state, range, 'InlineCode')) return { range }
      if (nodeAround(state, range, 'FencedCode') ?? nodeAround(state, range, 'CodeBlock')) return { range }
      return range.empty ? atCaret(state, range, kind) : aroundSelected(state, range, kind)
    })
    dispatch(state.update(changed, { userEvent: 'input.format', scrollIntoView: true }))
    return true
  }
}

function atCaret(state: EditorState, range: SelectionRange, kind: Kind): { changes?: ChangeSpec; range: SelectionRange } {
  const { head } = range
  const sign = kind.sign('')
  const within = markedAround(state, range, kind)
  // Behind what was typed in between: on, out of the marks.
  if (within?.inner.to === head && head > within.inner.from) return { range: EditorSelection.cursor(within.to) }
  const word = wordAround(state, head)
  if (within || word) {
    const changes = toggled(state, [word ?? within?.inner ?? range], kind)
    return { changes, range: EditorSelection.cursor(state.changes(changes).mapPos(head)) }
  }
  const isEmpty = state.sliceDoc(head - sign.length, head) === sign && state.sliceDoc(head, head + sign.length) === sign
  if (isEmpty) return { changes: { from: head - sign.length, to: head + sign.length }, range: EditorSelection.cursor(head - sign.length) }
  return { changes: { from: head, insert: sign + sign }, range: EditorSelection.cursor(head + sign.length) }
}

/** Not the word that the caret is at an end of: what is typed next is meant there. */
function wordAround(state: EditorState, head: number): Span | null {
  const word = state.wordAt(head) ?? EditorSelection.cursor(head)
  return word.from < head && head < word.to ? word : null
}

function aroundSelected(state: EditorState, range: SelectionRange, kind: Kind): { changes?: ChangeSpec; range: SelectionRange } {
  const spans = spansOf(state, range)
  if (spans.length === 0) return { range }
  const changes = state.changes(toggled(state, spans, kind))
  const from = changes.mapPos(range.from, 1)
  const to = changes.mapPos(range.to, -1)
  return { changes, range: range.anchor <= range.head ? EditorSelection.range(from, to) : EditorSelection.range(to, from) }
}

/** What is selected, line by line and without the spaces at its ends, since marks beside a space mark nothing. */
function spansOf(state: EditorState, range: SelectionRange): Span[] {
  const spans: Span[] = []
  for (let line = state.doc.lineAt(range.from); ; line = state.doc.line(line.number + 1)) {
    const start = line.from + (LINE_START.exec(line.text)?.[0].length ?? 0)
    const [from, to] = [Math.max(range.from, start), Math.min(range.to, line.to)]
    const text = state.sliceDoc(from, Math.max(from, to))
    if (text.trim() !== '') spans.push({ from: from + text.length - text.trimStart().length, to: to - text.length + text.trimEnd().length })
    if (line.to >= range.to) return spans
  }
}

function toggled(state: EditorState, spans: readonly Span[], kind: Kind): ChangeSpec[] {
  const marked = spans.map((span) => markedAround(state, span, kind))
  if (marked.every((around) => around !== null)) return spans.flatMap((span, index) => unmark(state, span, marked[index] ?? null, kind))
  return spans.flatMap((span, index) => (marked[index] ? [] : mark(state, span, kind)))
}

function mark(state: EditorState, span: Span, kind: Kind): ChangeSpec[] {
  const nodes = markedWithin(state, span, kind)
  // A node that reaches over an end takes that end with it.
  const from = Math.min(span.from, ...nodes.map((node) => node.from))
  const to = Math.max(span.to, ...nodes.map((node) => node.to))
  const text = state.sliceDoc(from, to)
  const sign = kind.sign(text)
  const gap = kind === CODE && /^`|`$/.test(text) ? ' ' : ''
  const [opened, closed] = [nodes.some((node) => node.from === from), nodes.some((node) => node.to === to)]
  const inner = nodes.flatMap((node) => [
    ...(node.from === from ? [] : [{ from: node.from, to: node.inner.from }]),
    ...(node.to === to ? [] : [{ from: node.inner.to, to: node.to }]),
  ])
  return [...(opened ? [] : [{ from, insert: sign + gap }]), ...inner, ...(closed ? [] : [{ from: to, insert: gap + sign }])]
}

/** Of the text around, what is beside the span stays marked. */
function unmark(state: EditorState, span: Span, around: Marked | null, kind: Kind): ChangeSpec[] {
  if (!around) return []
  const { inner } = around
  const before = state.sliceDoc(inner.from, Math.max(inner.from, span.from))
  const after = state.sliceDoc(Math.min(inner.to, span.to), inner.to)
  const opening = { from: around.from, to: inner.from }
  const closing = { from: inner.to, to: around.to }
  const sign = state.sliceDoc(opening.from, opening.to).trim() || kind.sign('')
  return [
    BARE.test(before) ? opening : { from: inner.from + before.trimEnd().length, insert: sign },
    BARE.test(after) ? closing : { from: inner.to - after.trimStart().length, insert: sign },
  ]
}

function nodeAround(state: EditorState, { from, to }: Span, name: string): SyntaxNode | null {
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(side === 1 ? from : to, side); node; node = node.parent)
      if (node.name === name && node.from <= from && node.to >= to) return node
  }
  return null
}

function markedAround(state: EditorState, span: Span, kind: Kind): Marked | null {
  const node = nodeAround(state, span, kind.node)
  return node && markedOf(state, node, kind)
}

function markedOf(state: EditorState, node: SyntaxNode, kind: Kind): Marked | null {
  const [opening, closing] = node.getChildren(kind.mark)
  if (!opening || !closing) return null
  const text = state.sliceDoc(opening.to, closing.from)
  // The spaces that keep the backticks within apart from those around.
  const gap = kind === CODE && /^ .*` $|^ `.* $/.test(text) ? 1 : 0
  return { from: node.from, to: node.to, inner: { from: opening.to + gap, to: closing.from - gap } }
}

function markedWithin(state: EditorState, span: Span, kind: Kind): Marked[] {
  const found: Marked[] = []
  syntaxTree(state).iterate({
    from: span.from,
    to: span.to,
    enter({ node }) {
      const marked = node.name === kind.node && node.from < span.to && node.to > span.from ? markedOf(state, node, kind) : null
      if (marked) found.push(marked)
    },
  })
  return found
}

/** Makes what is selected a link, with the caret where the address goes; takes a link away and leaves its text. */
export const toggleLink: StateCommand = ({ state, dispatch }) => {
  const changed = state.changeByRange((range) => {
    const link = nodeAround(state, range, 'Link')
    const [, end] = link?.getChildren('LinkMark') ?? []
    if (link && end) {
      const changes = state.changes([
        { from: link.from, to: link.from + 1 },
        { from: end.from, to: link.to },
      ])
      return { changes, range: range.map(changes) }
    }
    const text = state.sliceDoc(range.from, range.to)
    if (/^(https?:\/\/|mailto:|www\.)\S+$/.test(text)) {
      const address = text.startsWith('www.') ? `https://${text}` : text
      return { changes: { from: range.from, to: range.to, insert: `[](${address})` }, range: EditorSelection.cursor(range.from + 1) }
    }
    const word = range.empty ? state.wordAt(range.head) : range
    const { from, to } = word ?? range
    return {
      changes: [
        { from, insert: '[' },
        { from: to, insert: ']()' },
      ],
      range: EditorSelection.cursor(to === from ? from + 1 : to + 3),
    }
  })
  dispatch(state.update(changed, { userEvent: 'input.format', scrollIntoView: true }))
  return true
}

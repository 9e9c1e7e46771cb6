import { syntaxTree } from '@codemirror/language'
import type { EditorState, Range } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view'
import type { SyntaxNodeRef } from '@lezer/common'
import { TaskBox } from './task'

class Bullet extends WidgetType {
  override eq(): boolean {
    return true
  }

  override toDOM(): HTMLElement {
    const bullet = document.createElement('span')
    bullet.className = 'nw-bullet'
    bullet.textContent = '•'
    return bullet
  }
}

const hidden = Decoration.replace({})
const bullet = Decoration.replace({ widget: new Bullet() })
const everyLine = Decoration.line({ attributes: { dir: 'auto' } })
const mark = (name: string) => Decoration.mark({ class: name })
const MARKS = {
  faint: mark('nw-mark'),
  number: mark('nw-number'),
  code: mark('nw-inline-code'),
  link: mark('nw-link'),
  rule: mark('nw-rule'),
  done: mark('nw-done'),
}
const LINES = new Map<string, Decoration>()

function lineOf(name: string): Decoration {
  let line = LINES.get(name)
  if (!line) LINES.set(name, (line = Decoration.line({ class: name })))
  return line
}

/** Collects what the visible part of a Markdown text looks like: marks fade or hide unless the selection touches them. */
class Styling {
  readonly ranges: Range<Decoration>[] = []

  constructor(
    private readonly state: EditorState,
    /** Nobody writes where the focus is not. */
    private readonly focused: boolean,
  ) {}

  lines(from: number, to: number): void {
    for (let line = this.state.doc.lineAt(from); ; line = this.state.doc.line(line.number + 1)) {
      this.ranges.push(everyLine.range(line.from))
      if (line.to >= to) break
    }
  }

  node(node: SyntaxNodeRef, from: number, to: number): void {
    const { name } = node
    if (/^(ATX|Setext)Heading/.test(name)) this.eachLine(node, from, to, `nw-h${name.slice(-1)}`)
    else if (name === 'Blockquote') this.eachLine(node, from, to, 'nw-quote')
    else if (name === 'FencedCode' || name === 'CodeBlock') this.codeBlock(node, from, to)
    else if (name === 'Table') this.eachLine(node, from, to, 'nw-table')
    else if (name === 'InlineCode') this.add(MARKS.code, node.from, node.to)
    else if (name === 'Link' || name === 'Autolink') this.add(MARKS.link, node.from, node.to)
    else if (name === 'URL') this.url(node)
    else if (name === 'HorizontalRule') this.add(MARKS.rule, node.from, node.to)
    else if (name === 'HeaderMark') this.headerMark(node)
    else if (name === 'EmphasisMark' || name === 'StrikethroughMark' || name === 'LinkMark') this.inlineMark(node)
    else if (name === 'CodeMark' && node.node.parent?.name === 'InlineCode') this.inlineMark(node)
    else if (name === 'QuoteMark') this.headerMark(node)
    else if (name === 'ListMark') this.listMark(node)
    else if (name === 'Task') this.task(node)
  }

  private add(decoration: Decoration, from: number, to: number): void {
    if (to > from) this.ranges.push(decoration.range(from, to))
  }

  /** The selection is at the range. */
  private touched(from: number, to: number): boolean {
    return this.focused && this.state.selection.ranges.some((range) => range.from <= to && range.to >= from)
  }

  private eachLine(node: SyntaxNodeRef, from: number, to: number, name: string): void {
    const { doc } = this.state
    const last = Math.min(node.to, to)
    for (let line = doc.lineAt(Math.max(node.from, from)); ; line = doc.line(line.number + 1)) {
      this.ranges.push(lineOf(name).range(line.from))
      if (line.to >= last) break
    }
  }

  private codeBlock(node: SyntaxNodeRef, from: number, to: number): void {
    this.eachLine(node, from, to, 'nw-code')
    this.ranges.push(lineOf('nw-code-first').range(this.state.doc.lineAt(node.from).from))
    this.ranges.push(lineOf('nw-code-last').range(this.state.doc.lineAt(node.to).from))
  }

  private headerMark(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    if (this.touched(line.from, line.to)) this.add(MARKS.faint, node.from, node.to)
    else if (node.from === line.from) this.add(hidden, node.from, Math.min(node.to + 1, line.to))
  }

  private inlineMark(node: SyntaxNodeRef): void {
    const parent = node.node.parent
    if (!parent || parent.name === 'Image' || this.touched(parent.from, parent.to)) this.add(MARKS.faint, node.from, node.to)
    else this.add(hidden, node.from, node.to)
  }

  private url(node: SyntaxNodeRef): void {
    const parent = node.node.parent
    if (parent?.name !== 'Link') this.add(MARKS.link, node.from, node.to)
    else if (!this.touched(parent.from, parent.to)) this.add(hidden, node.from, node.to)
  }

  private listMark(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    const ordered = node.node.parent?.parent?.name === 'OrderedList'
    if (line.text.slice(0, node.from - line.from).trim() !== '') return
    const end = Math.min(node.to + 1, line.to)
    this.ranges.push(lineOf('nw-item').range(line.from))
    if (ordered) {
      this.add(MARKS.number, node.from, end)
      return
    }
    const isTask = /^\s+\[[ xX]\]\s/.test(line.text.slice(node.to - line.from))
    if (isTask) this.add(hidden, node.from, end)
    else this.add(bullet, node.from, end)
  }

  private task(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    const text = this.state.sliceDoc(node.from, Math.min(node.to, line.to))
    const done = /^\[[xX]\]/.test(text)
    const start = Math.min(node.from + 4, line.to)
    if (this.touched(node.from, node.from + 3)) this.add(MARKS.faint, node.from, node.from + 3)
    else this.add(Decoration.replace({ widget: new TaskBox(done, text.slice(3).trim()) }), node.from, start)
    if (done) this.add(MARKS.done, start, Math.min(node.to, line.to))
  }
}

function styled(view: EditorView): DecorationSet {
  const styling = new Styling(view.state, view.hasFocus)
  for (const { from, to } of view.visibleRanges) {
    styling.lines(from, to)
    syntaxTree(view.state).iterate({ from, to, enter: (node) => styling.node(node, from, to) })
  }
  return Decoration.set(styling.ranges, true)
}

/** Markdown looks like what it means while it stays text. */
export const styledInPlace = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = styled(view)
    }

    update(update: ViewUpdate): void {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state)
      // Composed characters vanish when the text around them is redrawn.
      if (update.view.composing && !update.docChanged) return
      const moved = update.viewportChanged || update.selectionSet || update.focusChanged
      if (update.docChanged || moved || parsed) this.decorations = styled(update.view)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

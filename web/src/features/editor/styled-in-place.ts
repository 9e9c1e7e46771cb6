import { syntaxTree } from '@codemirror/language'
import { RangeSet, type EditorState, type Line, type Range } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view'
import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common'
import { beginning, type Container } from './containers'
import { CopyButton } from './copy-button'
import { footnotesOf } from './footnotes'
import { Picture, pictureIn } from './picture'
import { addQuote, depthNames } from './place-names'
import { TaskBox } from './task'

class Bullet extends WidgetType {
  override eq(): boolean {
    return true
  }

  override toDOM(): HTMLElement {
    const bullet = document.createElement('span')
    bullet.className = 'bullet'
    bullet.textContent = '•'
    return bullet
  }
}

const hidden = Decoration.replace({})
const bullet = Decoration.replace({ widget: new Bullet() })
const mark = (name: string) => Decoration.mark({ class: name })
const MARKS = {
  sign: mark('sign'),
  number: mark('number'),
  code: mark('code-span'),
  link: mark('link'),
  done: mark('done'),
  footnote: mark('footnote'),
}
const LINES = new Map<string, Decoration>()

function lineOf(names: string): Decoration {
  let line = LINES.get(names)
  if (!line) LINES.set(names, (line = Decoration.line({ attributes: { dir: 'auto' }, class: names })))
  return line
}

/** What a line of text looks like as a whole. */
interface Look {
  readonly names: string[]
  readonly containers: Container[]
}

/** Collects what the visible part of a Markdown text looks like: signs fade or hide unless the selection touches them. */
class Styling {
  readonly ranges: Range<Decoration>[] = []
  /** Where the caret cannot be: what a line's depth says already. */
  readonly skipped: Range<Decoration>[] = []
  private readonly looks = new Map<number, Look>()
  /** Those that the node at hand is in. */
  private within: Container[] = []

  constructor(
    private readonly state: EditorState,
    /** Nobody writes where the focus is not. */
    private readonly focused: boolean,
  ) {}

  node(node: SyntaxNodeRef, from: number, to: number): void {
    const { name } = node
    if (/^(ATX|Setext)Heading/.test(name)) this.heading(node)
    else if (name === 'Blockquote') this.quote(node, from, to)
    else if (name === 'ListItem') this.item(node.node, from, to)
    else if (name === 'FencedCode' || name === 'CodeBlock') this.code(node, from, to)
    else if (name === 'Table') this.eachLine(node, from, to, (look) => look.names.push('table-line'))
    else if (name === 'InlineCode') this.add(MARKS.code, node.from, node.to)
    else if (name === 'Link' || name === 'Autolink') this.add(MARKS.link, node.from, node.to)
    else if (name === 'Image') this.image(node)
    else if (name === 'Footnote' || name === 'FootnoteText') this.footnote(node)
    else if (name === 'URL') this.url(node)
    else if (name === 'LinkTitle') this.inner(node)
    else if (name === 'HorizontalRule') this.rule(node)
    else if (name === 'HeaderMark') this.headerMark(node)
    else if (name === 'EmphasisMark' || name === 'StrikethroughMark' || name === 'LinkMark') this.inner(node)
    else if (name === 'CodeMark') this.codeMark(node)
    else if (name === 'Escape') this.sign(node.from, node.from + 1, node.from, node.to)
    else if (name === 'ListMark') this.listMark(node)
    else if (name === 'Task') this.task(node)
  }

  /** The lines as wholes, after all nodes are known. */
  lines(from: number, to: number): void {
    for (let line = this.state.doc.lineAt(from); ; line = this.state.doc.line(line.number + 1)) {
      const { names = [], containers = [] } = this.looks.get(line.from) ?? {}
      this.ranges.push(lineOf([...names, ...depthNames(containers.length)].join(' ')).range(line.from))
      const signs = beginning(line, containers)
      if (signs > 0) this.skip(line.from, line.from + signs)
      if (line.to >= to) break
    }
  }

  private add(decoration: Decoration, from: number, to: number): void {
    if (to > from) this.ranges.push(decoration.range(from, to))
  }

  private skip(from: number, to: number): void {
    this.add(hidden, from, to)
    this.skipped.push(hidden.range(from, to))
  }

  /** The selection is at the range. */
  private touched(from: number, to: number): boolean {
    return this.focused && this.state.selection.ranges.some((range) => range.from <= to && range.to >= from)
  }

  /** Signs that are seen where the selection is at what they are about. */
  private sign(from: number, to: number, aboutFrom: number, aboutTo: number): void {
    this.add(this.touched(aboutFrom, aboutTo) ? MARKS.sign : hidden, from, to)
  }

  private look(at: number): Look {
    const { from } = this.state.doc.lineAt(at)
    let look = this.looks.get(from)
    if (!look) this.looks.set(from, (look = { names: [], containers: [] }))
    return look
  }

  private eachLine(node: SyntaxNodeRef, from: number, to: number, act: (look: Look, line: Line) => void): void {
    const { doc } = this.state
    const last = Math.min(node.to, to)
    for (let line = doc.lineAt(Math.max(node.from, from)); ; line = doc.line(line.number + 1)) {
      act(this.look(line.from), line)
      if (line.to >= last) break
    }
  }

  private heading(node: SyntaxNodeRef): void {
    this.look(node.from).names.push('heading', `h${node.name.slice(-1)}`)
  }

  private quote(node: SyntaxNodeRef, from: number, to: number): void {
    const container = this.enter(node, null)
    this.eachLine(node, from, to, (look) => {
      addQuote(look.names, look.containers.length)
      look.containers.push(container)
    })
  }

  private item(node: SyntaxNode, from: number, to: number): void {
    const sign = node.getChild('ListMark')
    if (!sign) return
    const line = this.state.doc.lineAt(node.from)
    const gap = /^ {1,4}(?=\S)/.exec(line.text.slice(sign.to - line.from))?.[0].length ?? 1
    this.leave(node)
    const marker = sign.from - line.from - beginning(line, this.within)
    const container = this.enter(node, { line: line.from, marker, text: marker + sign.to - sign.from + gap })
    this.eachLine(node, from, to, (look, { from: start }) => {
      if (start === line.from) look.names.push('item')
      look.containers.push(container)
    })
  }

  private leave(node: SyntaxNodeRef): void {
    this.within = this.within.filter((container) => container.to > node.from)
  }

  private enter(node: SyntaxNodeRef, item: Container['item']): Container {
    this.leave(node)
    const container = { to: node.to, item }
    this.within.push(container)
    return container
  }

  private code(node: SyntaxNodeRef, from: number, to: number): void {
    this.eachLine(node, from, to, (look) => look.names.push('code-line'))
    this.look(node.from).names.push('first')
    this.look(node.to).names.push('last')
    if (node.name !== 'FencedCode' || node.from < from) return
    const places = node.node.getChildren('CodeText').map((text) => ({ from: text.from, to: text.to }))
    this.ranges.push(Decoration.widget({ widget: new CopyButton(places), side: 1 }).range(this.state.doc.lineAt(node.from).to))
  }

  private codeMark(node: SyntaxNodeRef): void {
    const { parent } = node.node
    if (parent?.name === 'InlineCode') this.inner(node)
    else this.sign(node.from, node.to, this.state.doc.lineAt(node.from).from, this.state.doc.lineAt(node.from).to)
  }

  private headerMark(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    const heading = node.node.parent
    const before = heading?.from === node.from
    // The space between the sign and the text goes with it.
    const from = before || this.state.sliceDoc(node.from - 1, node.from) !== ' ' ? node.from : node.from - 1
    this.sign(from, before ? Math.min(node.to + 1, line.to) : node.to, heading?.from ?? line.from, heading?.to ?? line.to)
  }

  private inner(node: SyntaxNodeRef): void {
    const { parent } = node.node
    if (parent?.name === 'LinkReference') this.add(MARKS.sign, node.from, node.to)
    else if (parent) this.sign(node.from, node.to, parent.from, parent.to)
  }

  private footnote({ name, node, from, to }: SyntaxNodeRef): void {
    const [opening, closing] = node.getChildren('FootnoteMark')
    if (!opening || !closing) return
    if (name === 'Footnote' && !footnotesOf(this.state.doc).has(this.state.sliceDoc(opening.to, closing.from))) return
    this.add(MARKS.footnote, opening.to, closing.from)
    for (const sign of [opening, closing]) this.sign(sign.from, sign.to, from, to)
  }

  /** The picture alone, or behind its Markdown. */
  private image(node: SyntaxNodeRef): void {
    const picture = pictureIn(node.node, this.state.sliceDoc(node.from, node.to), node.from)
    this.add(MARKS.link, node.from, node.to)
    if (!picture) return
    const widget = new Picture(picture.address, picture.alt)
    if (this.touched(node.from, node.to)) this.ranges.push(Decoration.widget({ widget, side: 1 }).range(node.to))
    else this.add(Decoration.replace({ widget }), node.from, node.to)
  }

  private url(node: SyntaxNodeRef): void {
    const { parent } = node.node
    if (parent?.name === 'Link' || parent?.name === 'Image') this.sign(node.from, node.to, parent.from, parent.to)
    else this.add(MARKS.link, node.from, node.to)
  }

  private rule(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    if (this.touched(line.from, line.to)) this.add(MARKS.sign, node.from, node.to)
    else {
      this.look(node.from).names.push('rule')
      this.add(hidden, node.from, node.to)
    }
  }

  private listMark(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    const ordered = node.node.parent?.parent?.name === 'OrderedList'
    const after = line.text.slice(node.to - line.from)
    const end = Math.min(line.to, node.to + Math.max(1, /^ *(?=\S)/.exec(after)?.[0].length ?? 1))
    if (/^\s+\[[ xX]\]\s/.test(after)) this.add(hidden, node.from, end)
    else if (ordered) {
      this.add(MARKS.number, node.from, node.to)
      this.add(hidden, node.to, end)
    } else this.add(bullet, node.from, end)
  }

  private task(node: SyntaxNodeRef): void {
    const line = this.state.doc.lineAt(node.from)
    const text = this.state.sliceDoc(node.from, Math.min(node.to, line.to))
    const done = /^\[[xX]\]/.test(text)
    const start = Math.min(node.from + 4, line.to)
    this.add(Decoration.replace({ widget: new TaskBox(done, text.slice(3).trim()) }), node.from, start)
    if (done) this.add(MARKS.done, start, Math.min(node.to, line.to))
  }
}

interface Styled {
  readonly decorations: DecorationSet
  readonly skipped: DecorationSet
}

function styled(view: EditorView): Styled {
  const styling = new Styling(view.state, view.hasFocus)
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({ from, to, enter: (node) => styling.node(node, from, to) })
    styling.lines(from, to)
  }
  return { decorations: Decoration.set(styling.ranges, true), skipped: Decoration.set(styling.skipped, true) }
}

/** Markdown looks like what it means while it stays text. */
export const styledInPlace = ViewPlugin.fromClass(
  class {
    styled: Styled

    constructor(view: EditorView) {
      this.styled = styled(view)
    }

    update(update: ViewUpdate): void {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state)
      // Composed characters vanish when the text around them is redrawn.
      if (update.view.composing && !update.docChanged) return
      const moved = update.viewportChanged || update.selectionSet || update.focusChanged
      if (update.docChanged || moved || parsed) this.styled = styled(update.view)
    }
  },
  {
    decorations: (plugin) => plugin.styled.decorations,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.styled.skipped ?? RangeSet.empty),
  },
)

import { syntaxTree } from '@codemirror/language'
import { StateEffect, StateField, Transaction, type EditorState, type Range } from '@codemirror/state'
import { Decoration, EditorView, WidgetType, type DecorationSet, type Rect } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { placeNames } from '../place-names'
import { beginsLine, cellAt, isWithin, nearestPlace, readTable, type Place, type Span, type Table } from './markdown-table'
import { isSame, shownOf, TableView, type Shown } from './table-view'

/** Pixels of a row whose cells have one line each. */
const ROW_HEIGHT = 41

class TableBlock extends WidgetType {
  constructor(readonly shown: Shown) {
    super()
  }

  override eq(other: TableBlock): boolean {
    return isSame(this.shown, other.shown)
  }

  override toDOM(): HTMLElement {
    const view = new TableView()
    view.draw(this.shown)
    return view.element
  }

  override updateDOM(element: HTMLElement): boolean {
    TableView.of(element)?.draw(this.shown)
    return true
  }

  override coordsAt(element: HTMLElement, offset: number): Rect | null {
    return TableView.of(element)?.coordsAt(offset) ?? null
  }

  override get estimatedHeight(): number {
    return this.shown.rows.length * ROW_HEIGHT
  }
}

/** Shows the table at the position as text, until the selection leaves it. */
export const showAsText = StateEffect.define<number>()

interface Tables {
  readonly all: readonly Span[]
  /** A position in the one that is written as text. */
  readonly asText: number | null
  /** All others are drawn. */
  readonly drawn: DecorationSet
}

const CONTAINERS = /^(Document|Blockquote|BulletList|OrderedList|ListItem)$/
/** How a table arrives that is not being typed. */
const WHOLE = /^(input\.(paste|drop|complete|table)|undo|redo)/

const has = ({ from, to }: Span, position: number): boolean => position >= from && position <= to

function tableAt(all: readonly Span[], position: number | null): Span | undefined {
  return position === null ? undefined : all.find((table) => has(table, position))
}

function namesOf(node: SyntaxNode): string {
  const within: boolean[] = []
  for (let { parent } = node; parent; { parent } = parent) if (/^(Blockquote|ListItem)$/.test(parent.name)) within.unshift(parent.name === 'Blockquote')
  return placeNames(within)
}

function blockOf({ spec }: Decoration): TableBlock | null {
  const { widget } = spec as { widget?: unknown }
  return widget instanceof TableBlock ? widget : null
}

/** All tables of the text; `known` are drawn as before where nothing touched them. */
function find(state: EditorState, known: DecorationSet): { all: Span[]; blocks: Range<Decoration>[] } {
  const [all, blocks]: [Span[], Range<Decoration>[]] = [[], []]
  const add = (block: Range<Decoration>): void => {
    all.push({ from: block.from, to: block.to })
    blocks.push(block)
  }
  const tree = syntaxTree(state)
  const cursor = known.iter()
  tree.iterate({
    enter({ name, from, to, node }) {
      if (name !== 'Table') return CONTAINERS.test(name)
      const { from: start } = state.doc.lineAt(from)
      while (cursor.value && cursor.from < start) cursor.next()
      const names = namesOf(node)
      const { value: old } = cursor
      if (old && blockOf(old)?.shown.names === names && cursor.from === start && cursor.to === to) {
        add(old.range(cursor.from, cursor.to))
      } else {
        const table = beginsLine(state.doc, from) ? readTable(state.doc, from, to) : null
        if (table) add(Decoration.replace({ widget: new TableBlock(shownOf(state, table, names)), block: true }).range(table.from, table.to))
      }
      return false
    },
  })
  // What the parser has not come to yet is as it was.
  while (cursor.value) {
    if (cursor.from >= tree.length) add(cursor.value.range(cursor.from, cursor.to))
    cursor.next()
  }
  return { all, blocks }
}

function nextOf(before: Tables, transaction: Transaction): Tables {
  const { state, startState, changes, docChanged } = transaction
  const { head } = state.selection.main
  const parsed = docChanged || syntaxTree(startState) !== syntaxTree(state)
  const asked = transaction.effects.find((effect) => effect.is(showAsText))
  if (!parsed && !transaction.selection && !asked) return before
  const untouched = docChanged ? before.drawn.update({ filter: (from, to) => !changes.touchesRange(from, to) }).map(changes) : before.drawn
  const { all, blocks } = parsed ? find(state, untouched) : { all: before.all, blocks: null }
  let asText = asked || transaction.isUserEvent('select.search') ? head : before.asText === null ? null : changes.mapPos(before.asText)
  const typed = tableAt(all, asText)
  // In the line below the table's next row is begun.
  if (!typed || !(has(typed, head) || state.doc.lineAt(head).from === typed.to + 1)) asText = null
  const current = tableAt(all, head)
  const isNew = current && parsed && !before.all.some(({ from, to }) => changes.mapPos(from, -1) <= current.to && changes.mapPos(to, 1) >= current.from)
  if (isNew && !WHOLE.test(transaction.annotation(Transaction.userEvent) ?? '')) asText = head
  const shown = tableAt(all, asText)
  if (!blocks && shown === tableAt(all, before.asText)) return { ...before, asText }
  const drawn = (blocks ?? find(state, before.drawn).blocks).filter(({ from }) => from !== shown?.from)
  return { all, asText, drawn: Decoration.set(drawn) }
}

/** Tables are drawn as tables, but the one that is typed or was asked for as text. */
export const tables = StateField.define<Tables>({
  create(state) {
    const { all, blocks } = find(state, Decoration.none)
    return { all, asText: null, drawn: Decoration.set(blocks) }
  },
  update: nextOf,
  provide: (field) => EditorView.decorations.from(field, ({ drawn }) => drawn),
})

/** The table, not shown as text, that has the position. */
export function drawnTable(state: EditorState, position: number): Table | null {
  const { all, asText } = state.field(tables)
  const found = tableAt(all, position)
  if (!found || found === tableAt(all, asText)) return null
  return readTable(state.doc, found.from, found.to)
}

/** A cell of a table of the text. */
export interface Here {
  readonly table: Table
  readonly place: Place
  readonly cell: Span
}

/** The cell that the selection is in, or an empty one is nearest to. */
export function cellHere(state: EditorState): Here | null {
  const { main } = state.selection
  const table = drawnTable(state, main.head)
  const place = table && nearestPlace(table, main.head)
  const cell = place && cellAt(table, place)
  return cell && (main.empty || isWithin(main, cell)) ? { table, place, cell } : null
}

/** The selection is in a table, be it drawn or not. */
export function isInTable(state: EditorState): boolean {
  const { from, to } = state.selection.main
  return state.field(tables, false)?.all.some((table) => table.from <= to && table.to >= from) ?? false
}

import type { EditorState } from '@codemirror/state'
import type { EditorView, Rect } from '@codemirror/view'
import { drawInline } from './inline'
import { textsOf, type Alignment, type Place, type Span, type Table } from './markdown-table'

/** All that is seen of a table. */
export interface Shown {
  readonly rows: readonly (readonly string[])[]
  readonly alignments: readonly Alignment[]
  /** What the block is within, as classes. */
  readonly names: string
}

export function shownOf({ doc }: EditorState, table: Table, names: string): Shown {
  return { rows: textsOf(doc, table), alignments: table.alignments, names }
}

export function isSame(one: Shown, other: Shown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

const views = new WeakMap<HTMLElement, TableView>()

/** The element of a table in the page. */
export class TableView {
  readonly element = document.createElement('div')
  private readonly table = document.createElement('table')
  private readonly head = document.createElement('thead')
  private readonly body = document.createElement('tbody')
  private shown: Shown | null = null
  /** The cell in which there is an editor, which nobody draws. */
  private active: HTMLTableCellElement | null = null
  private coords: (offset: number) => Rect | null = () => null

  constructor() {
    this.table.dir = 'auto'
    this.table.append(this.head, this.body)
    this.element.append(this.table)
    views.set(this.element, this)
  }

  static of(element: Element | null): TableView | null {
    const block = element?.closest<HTMLElement>('.table-block')
    return block ? (views.get(block) ?? null) : null
  }

  /** The element of the table, where it is drawn. */
  static at(view: EditorView, table: Span): TableView | null {
    const blocks = [...view.contentDOM.querySelectorAll('.table-block')]
    return TableView.of(blocks.find((block) => view.posAtDOM(block) === table.from) ?? null)
  }

  draw(shown: Shown): void {
    const { shown: before } = this
    this.shown = shown
    this.element.className = `table-block ${shown.names}`
    shown.rows.forEach((texts, index) => this.drawRow(index, texts, before))
    for (const row of [...this.table.rows].slice(shown.rows.length)) row.remove()
  }

  /** Takes what a cell is written with, and what tells where in the window a position of the table is. */
  enter(place: Place, editor: HTMLElement, coords: (offset: number) => Rect | null): void {
    this.active = this.cellOf(place)
    this.active?.replaceChildren(editor)
    this.coords = coords
  }

  coordsAt(offset: number): Rect | null {
    return this.active && this.coords(offset)
  }

  /** The cell is as it was. */
  leave(): void {
    const { active } = this
    this.active = null
    const place = active && this.placeOf(active)
    if (place) this.cellOf(place)?.replaceChildren(drawInline(this.shown?.rows[place.row]?.[place.column] ?? ''))
  }

  placeOf(element: Element): Place | null {
    const cell = element.closest('td, th')
    const row = cell?.closest('tr')
    if (!cell || !row || !this.table.contains(cell)) return null
    return { row: [...this.table.rows].indexOf(row), column: [...row.cells].indexOf(cell as HTMLTableCellElement) }
  }

  /** The column that is at this distance from the left edge of the window. */
  columnAt(x: number): number {
    const cells = [...(this.table.rows[0]?.cells ?? [])]
    const found = cells.findIndex((cell) => cell.getBoundingClientRect().right >= x)
    return found < 0 ? Math.max(0, cells.length - 1) : found
  }

  cellOf({ row, column }: Place): HTMLTableCellElement | null {
    return this.table.rows[row]?.cells[column] ?? null
  }

  private drawRow(index: number, texts: readonly string[], before: Shown | null): void {
    const holder = index === 0 ? this.head : this.body
    const row = this.table.rows[index] ?? holder.appendChild(document.createElement('tr'))
    texts.forEach((text, column) => {
      const old = row.cells[column]
      const cell = old ?? row.appendChild(document.createElement(index === 0 ? 'th' : 'td'))
      const alignment = this.shown?.alignments[column]
      cell.className = alignment ? `align-${alignment}` : ''
      if (cell !== this.active && (!old || before?.rows[index]?.[column] !== text)) cell.replaceChildren(drawInline(text))
    })
    for (const cell of [...row.cells].slice(texts.length)) cell.remove()
  }
}

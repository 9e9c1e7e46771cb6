import type { Extension } from '@codemirror/state'
import { EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { followAddress } from '../links'
import { aroundTables } from './around-tables'
import { CellEditor, cellsOf } from './cell-editor'
import { cellKeys } from './cell-keys'
import { paste } from './edits'
import { cellAt, gapsOf, isWithin, textIn, type Place, type Table } from './markdown-table'
import { edit, goTo } from './moving'
import { createMenu, type Action, type Menu } from './table-menu'
import { TableView } from './table-view'
import { cellHere, drawnTable, showAsText, tables, type Here } from './tables'

interface Open {
  readonly block: TableView
  readonly place: Place
  readonly cell: CellEditor
  readonly menu: Menu
}

/** Puts an editor into the cell that the selection is in while the text has the focus. */
class WritingCells {
  private open: Open | null = null
  /** Before the page changed, the focus was in the text or in a cell. */
  private focused = false

  constructor(private readonly view: EditorView) {
    view.contentDOM.addEventListener('mousedown', this.press)
  }

  get composing(): boolean {
    return this.open?.cell.composing ?? false
  }

  update(): void {
    this.focused ||= this.hasFocus
  }

  /** The page is as the text by now. */
  follow(update: ViewUpdate): void {
    const { view, open, focused } = this
    this.focused = false
    open?.cell.follow(update)
    const here = focused ? cellHere(view.state) : null
    if (open && here && this.isOpen(open, here)) {
      open.cell.show(view.state)
      if (view.root.activeElement === view.contentDOM) open.cell.editor.focus()
      return
    }
    this.close()
    if (here) this.enter(here)
    else if (open && focused) view.focus()
  }

  destroy(): void {
    this.view.contentDOM.removeEventListener('mousedown', this.press)
    this.open?.cell.destroy()
  }

  private get hasFocus(): boolean {
    const { activeElement } = this.view.root
    return activeElement === this.view.contentDOM || (activeElement !== null && this.open?.block.element.contains(activeElement) === true)
  }

  private isOpen({ block, place, cell }: Open, here: Here): boolean {
    const { main } = this.view.state.selection
    const isSamePlace = place.row === here.place.row && place.column === here.place.column
    return isSamePlace && TableView.at(this.view, here.table) === block && isWithin(cell.cell, here.cell) && isWithin(main, cell.cell)
  }

  private enter({ table, place, cell: raw }: Here): void {
    const { view } = this
    const { main } = view.state.selection
    const text = textIn(view.state.doc, raw)
    if (!isWithin(main, raw)) {
      view.dispatch({ selection: { anchor: main.head < text.from ? text.from : text.to } })
      return
    }
    const block = TableView.at(view, table)
    if (!block) return
    const span = { from: Math.min(text.from, main.from), to: Math.max(text.to, main.to) }
    const cell = new CellEditor({
      view,
      cell: span,
      label: labelOf(view, table, place),
      keys: cellKeys(view, () => this.open?.menu.open()),
      gaps: () => this.gaps(),
      paste: (pasted) => this.paste(pasted),
    })
    const menu = createMenu(
      (action) => this.act(action),
      () => cell.editor.focus(),
    )
    this.open = { block, place, cell, menu }
    block.enter(place, cell.editor.dom, (offset) => cell.coordsAt(offset + view.posAtDOM(block.element)))
    block.element.append(menu.element)
    block.element.addEventListener('focusout', this.lose)
    cell.show(view.state)
    cell.editor.focus()
  }

  private close(): void {
    const { open } = this
    this.open = null
    if (!open) return
    open.block.element.removeEventListener('focusout', this.lose)
    open.menu.element.remove()
    open.block.leave()
    open.cell.destroy()
  }

  private readonly lose = (): void => {
    // By then it is known where the focus went.
    setTimeout(() => {
      if (!this.hasFocus) this.close()
    })
  }

  private gaps(): ReturnType<typeof gapsOf> {
    const here = cellHere(this.view.state)
    const row = here?.table.rows[here.place.row]
    return row ? gapsOf(this.view.state.doc, row, here.place.column) : { before: [], after: [] }
  }

  private paste(text: string): boolean {
    const cells = cellsOf(text)
    if (cells) edit(this.view, paste(cells))
    return cells !== null
  }

  private act(action: Action): void {
    const { view } = this
    const here = cellHere(view.state)
    if (!here) return
    if (action === 'as-text') view.dispatch({ effects: showAsText.of(here.table.from) })
    else if (action === 'delete') view.dispatch({ changes: here.table, userEvent: 'delete.table' })
    else edit(view, action)
  }

  private readonly press = (event: MouseEvent): void => {
    const { view } = this
    const { target } = event
    if (!(target instanceof Element) || event.button !== 0 || target.closest('.cell-editor, .table-menu')) return
    const block = TableView.of(target)
    const place = block?.placeOf(target)
    if (!block || !place) return
    event.preventDefault()
    const address = target.closest<HTMLElement>('[data-address]')?.dataset.address
    if (address && (event.ctrlKey || event.metaKey)) {
      followAddress(view, address)
      return
    }
    const table = drawnTable(view.state, view.posAtDOM(block.element))
    if (!table) return
    this.focused = true
    goTo(view, table, place)
    // The caret goes to where the pointer is, and the selection on with it.
    this.open?.cell.editor.contentDOM.dispatchEvent(new MouseEvent('mousedown', event))
  }
}

function labelOf(view: EditorView, table: Table, { row, column }: Place): string {
  const header = cellAt(table, { row: 0, column })
  const name = header ? view.state.sliceDoc(header.from, header.to).trim() : ''
  return row === 0 ? `Header of column ${column + 1}` : `${name || `Column ${column + 1}`}, row ${row}`
}

const plugin = ViewPlugin.define((view) => new WritingCells(view))

/** Characters are being composed in a cell. */
export function composesInCell(view: EditorView): boolean {
  return view.plugin(plugin)?.composing ?? false
}

/** Tables are drawn, and their cells written in place. */
export const tableEditing: Extension = [tables, plugin, EditorView.updateListener.of((update) => update.view.plugin(plugin)?.follow(update)), aroundTables]

import { selectAll } from '@codemirror/commands'
import { Direction, type EditorView, type KeyBinding } from '@codemirror/view'
import { addRow, moveRow, removeRow } from './edits'
import type { Place } from './markdown-table'
import { edit, goTo, leave } from './moving'
import { cellHere, type Here } from './tables'

/** The caret can go up (false) or down (true) within the cell. */
function hasLineBeyond(cell: EditorView, forward: boolean): boolean {
  const { main } = cell.state.selection
  const [here, there] = [cell.coordsAtPos(main.head), cell.coordsAtPos(cell.moveVertically(main, forward).head)]
  return here !== null && there !== null && (forward ? there.top > here.bottom - 1 : there.bottom < here.top + 1)
}

/** The keys of a cell of the text that `view` shows. */
export function cellKeys(view: EditorView, openMenu: () => void): readonly KeyBinding[] {
  const at = (act: (here: Here) => boolean) => (): boolean => {
    const here = cellHere(view.state)
    return here !== null && act(here)
  }

  /** To the next cell or the one before; null beyond the ends of the table. */
  function beside({ table, place: { row, column } }: Here, by: 1 | -1): Place | null {
    const to = row * table.columns + column + by
    const place = { row: Math.floor(to / table.columns), column: ((to % table.columns) + table.columns) % table.columns }
    return place.row < 0 || place.row >= table.rows.length ? null : place
  }

  const step = (by: 1 | -1) =>
    at((here) => {
      const place = beside(here, by)
      if (place) return goTo(view, here.table, place)
      if (by === -1) return leave(view, here.table, -1)
      return edit(view, (content, { row }) => addRow(1)(content, { row, column: 0 }))
    })

  const vertically = (by: 1 | -1) => (cell: EditorView): boolean => {
    const { main } = cell.state.selection
    return main.empty && !hasLineBeyond(cell, by === 1) && at(({ table, place }) => {
      const row = place.row + by
      return row < 0 || row >= table.rows.length ? leave(view, table, by) : goTo(view, table, { row, column: place.column })
    })()
  }

  const sideways = (key: 'left' | 'right') => (cell: EditorView): boolean => {
    const { main, ranges } = cell.state.selection
    const by = (key === 'right') === (cell.textDirection === Direction.LTR) ? 1 : -1
    if (ranges.length > 1 || !main.empty || main.head !== (by === 1 ? cell.state.doc.length : 0)) return false
    return at((here) => {
      const place = beside(here, by)
      return place ? goTo(view, here.table, place, by === 1 ? 'start' : 'end') : leave(view, here.table, by)
    })()
  }

  /** Down, with a new row at the end; from a last row that is empty on to the text below, as lists end. */
  const down = at(({ table, place }) => {
    if (place.row < table.rows.length - 1) return goTo(view, table, { row: place.row + 1, column: place.column })
    const isEmpty = table.rows[place.row]?.cells.every(({ from, to }) => view.state.sliceDoc(from, to).trim() === '')
    if (!isEmpty || place.row === 0) return edit(view, addRow(1))
    edit(view, removeRow)
    return at((here) => leave(view, here.table, 1))()
  })

  const up = at(({ table, place }) => place.row === 0 || goTo(view, table, { row: place.row - 1, column: place.column }))

  return [
    { key: 'Tab', run: step(1), shift: step(-1) },
    { key: 'Enter', run: down, shift: up },
    // Out, to where there is a line already if there is one.
    { key: 'Escape', run: at(({ table }) => leave(view, table, table.to === view.state.doc.length && table.from > 0 ? -1 : 1)) },
    { key: 'ArrowUp', run: vertically(-1) },
    { key: 'ArrowDown', run: vertically(1) },
    { key: 'ArrowLeft', run: sideways('left') },
    { key: 'ArrowRight', run: sideways('right') },
    { key: 'Alt-ArrowUp', run: () => edit(view, moveRow(-1)) },
    { key: 'Alt-ArrowDown', run: () => edit(view, moveRow(1)) },
    {
      // First the cell, then all.
      key: 'Mod-a',
      run: (cell) => cell.state.selection.main.to - cell.state.selection.main.from === cell.state.doc.length && selectAll(view),
    },
    {
      key: 'Alt-F10',
      run(cell) {
        const { empty } = cell.state.selection.main
        if (empty) openMenu()
        return empty
      },
    },
  ]
}

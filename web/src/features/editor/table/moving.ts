import type { EditorView } from '@codemirror/view'
import { leaveUpwards } from '../leaving'
import { edited, fill, type Edit } from './edits'
import { cellAt, textIn, type Place, type Table } from './markdown-table'
import { cellHere } from './tables'

export function edit(view: EditorView, change: Edit): boolean {
  const here = cellHere(view.state)
  if (here) view.dispatch(edited(view.state, here.table, here.place, change))
  return here !== null
}

/** To the text of a cell, which a row that is short of cells gets then. */
export function goTo(view: EditorView, table: Table, place: Place, side: 'start' | 'end' = 'end'): boolean {
  const cell = cellAt(table, place)
  if (!cell) view.dispatch(edited(view.state, table, place, fill))
  else {
    const { from, to } = textIn(view.state.doc, cell)
    view.dispatch({ selection: { anchor: side === 'start' ? from : to }, scrollIntoView: true, userEvent: 'select' })
  }
  return true
}

/** To the line above the table (-1), or below it (1), where a line is made if there is none. */
export function leave(view: EditorView, table: Table, by: 1 | -1): boolean {
  const { doc } = view.state
  const number = doc.lineAt(by === 1 ? table.to : table.from).number + by
  if (number < 1) leaveUpwards(view)
  else if (number > doc.lines) view.dispatch({ changes: { from: table.to, insert: '\n\n' }, selection: { anchor: table.to + 2 }, scrollIntoView: true, userEvent: 'input' })
  else view.dispatch({ selection: { anchor: by === 1 ? doc.line(number).from : doc.line(number).to }, scrollIntoView: true, userEvent: 'select' })
  return true
}

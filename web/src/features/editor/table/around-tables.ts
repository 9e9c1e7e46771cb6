import { Prec, type EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, type Command } from '@codemirror/view'
import type { Table } from './markdown-table'
import { goTo } from './moving'
import { TableView } from './table-view'
import { drawnTable } from './tables'

/** The table right above (-1) or below (1) the line of the caret. */
function neighbour(state: EditorState, by: 1 | -1, lines = 1): Table | null {
  const { main } = state.selection
  const number = state.doc.lineAt(main.head).number + by * lines
  return main.empty && number >= 1 && number <= state.doc.lines ? drawnTable(state, by === 1 ? state.doc.line(number).from : state.doc.line(number).to) : null
}

/** An arrow goes into a table, to the column that it comes from. */
function into(by: 1 | -1): Command {
  return (view) => {
    const table = neighbour(view.state, by)
    if (!table) return false
    const { main } = view.state.selection
    const line = view.state.doc.lineAt(main.head)
    const [here, there] = [view.coordsAtPos(main.head), view.moveVertically(main, by === 1).head]
    const next = there >= line.from && there <= line.to ? view.coordsAtPos(there) : null
    if (here && next && Math.abs(next.top - here.top) > 1) return false
    const column = TableView.at(view, table)?.columnAt(here?.left ?? 0) ?? 0
    return goTo(view, table, { row: by === 1 ? 0 : table.rows.length - 1, column })
  }
}

/** What stands right below a table would become a row of it: the caret goes to its last cell instead. */
const backInto: Command = (view) => {
  const { main } = view.state.selection
  const { from, length } = view.state.doc.lineAt(main.head)
  const isBlankAbove = from > 0 && view.state.doc.lineAt(from - 1).length === 0
  const table = main.empty && main.head === from && isBlankAbove && length > 0 ? neighbour(view.state, -1, 2) : null
  return table !== null && goTo(view, table, { row: table.rows.length - 1, column: table.columns - 1 })
}

/** What stands right above a table would become a part of its header: the caret goes there instead. */
const onInto: Command = (view) => {
  const { main } = view.state.selection
  const line = view.state.doc.lineAt(main.head)
  const table = main.empty && main.head === line.to && line.length > 0 ? neighbour(view.state, 1) : null
  return table !== null && goTo(view, table, { row: 0, column: 0 }, 'start')
}

/** The blank line below a table parts it from the text: what is typed there gets a line of its own. */
const apart = EditorView.inputHandler.of((view, from, to, text) => {
  const line = view.state.doc.lineAt(from)
  if (from !== to || line.length > 0 || text.trim() === '' || !neighbour(view.state, -1)) return false
  view.dispatch({ changes: { from, insert: `\n${text}` }, selection: { anchor: from + 1 + text.length }, userEvent: 'input.type', scrollIntoView: true })
  return true
})

export const aroundTables: Extension = [
  Prec.high(
    keymap.of([
      { key: 'ArrowDown', run: into(1) },
      { key: 'ArrowUp', run: into(-1) },
      { key: 'Backspace', run: backInto },
      { key: 'Delete', run: onInto },
    ]),
  ),
  apart,
]

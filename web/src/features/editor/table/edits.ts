import { ChangeSet, Text, type EditorState, type TransactionSpec } from '@codemirror/state'
import { cellAt, printDelimiter, printRow, readTable, textIn, textsOf, type Alignment, type Place, type Table } from './markdown-table'

/** A table without its signs. */
interface Content {
  readonly alignments: readonly Alignment[]
  readonly rows: readonly (readonly string[])[]
}

/** Makes another table of one, and says which cell the caret goes to. */
export type Edit = (content: Content, place: Place) => { readonly content: Content; readonly place: Place }

function contentOf(doc: Text, table: Table): Content {
  return {
    alignments: Array.from({ length: table.columns }, (_, column) => table.alignments[column] ?? null),
    rows: textsOf(doc, table),
  }
}

function inserted<T>(list: readonly T[], at: number, item: T): T[] {
  return [...list.slice(0, at), item, ...list.slice(at)]
}

function removed<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, index) => index !== at)
}

function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const item = list[from]
  return item === undefined || to < 0 || to >= list.length ? [...list] : inserted(removed(list, from), to, item)
}

const columnsOf = ({ alignments }: Content): number => alignments.length

/** A row below the place (1) or above it (0); nothing goes above the header. */
export const addRow =
  (by: 0 | 1): Edit =>
  (content, { row, column }) => {
    const at = Math.max(1, row + by)
    const empty = Array.from({ length: columnsOf(content) }, () => '')
    return { content: { ...content, rows: inserted(content.rows, at, empty) }, place: { row: at, column } }
  }

export const moveRow =
  (by: 1 | -1): Edit =>
  (content, { row, column }) => {
    const to = row + by
    if (to < 0 || to >= content.rows.length) return { content, place: { row, column } }
    return { content: { ...content, rows: moved(content.rows, row, to) }, place: { row: to, column } }
  }

/** The header has no row to give its place to but the next. */
export const removeRow: Edit = (content, { row, column }) => {
  if (content.rows.length === 1) return { content, place: { row, column } }
  const rows = removed(content.rows, row)
  return { content: { ...content, rows }, place: { row: Math.min(row, rows.length - 1), column } }
}

/** A column after the place (1) or before it (0). */
export const addColumn =
  (by: 0 | 1): Edit =>
  ({ alignments, rows }, { row, column }) => {
    const at = column + by
    return { content: { alignments: inserted(alignments, at, null), rows: rows.map((cells) => inserted(cells, at, '')) }, place: { row, column: at } }
  }

export const moveColumn =
  (by: 1 | -1): Edit =>
  (content, { row, column }) => {
    const to = column + by
    if (to < 0 || to >= columnsOf(content)) return { content, place: { row, column } }
    const { alignments, rows } = content
    return { content: { alignments: moved(alignments, column, to), rows: rows.map((cells) => moved(cells, column, to)) }, place: { row, column: to } }
  }

export const removeColumn: Edit = (content, { row, column }) => {
  if (columnsOf(content) === 1) return { content, place: { row, column } }
  const { alignments, rows } = content
  const place = { row, column: Math.min(column, columnsOf(content) - 2) }
  return { content: { alignments: removed(alignments, column), rows: rows.map((cells) => removed(cells, column)) }, place }
}

export const align =
  (alignment: Alignment): Edit =>
  (content, place) => ({
    content: { ...content, alignments: content.alignments.map((each, column) => (column === place.column ? alignment : each)) },
    place,
  })

/** Gives a row that is short of cells those that it lacks. */
export const fill: Edit = (content, place) => ({ content, place })

/** Puts cells that came from elsewhere into those from the place on, and as many more as they need. */
export const paste =
  (cells: readonly (readonly string[])[]): Edit =>
  ({ alignments, rows }, place) => {
    const width = Math.max(alignments.length, place.column + Math.max(...cells.map((row) => row.length)))
    const height = Math.max(rows.length, place.row + cells.length)
    const range = (length: number): number[] => Array.from({ length }, (_, index) => index)
    return {
      content: {
        alignments: range(width).map((column) => alignments[column] ?? null),
        rows: range(height).map((row) => range(width).map((column) => cells[row - place.row]?.[column - place.column] ?? rows[row]?.[column] ?? '')),
      },
      place: { row: place.row + cells.length - 1, column: place.column + (cells.at(-1)?.length ?? 1) - 1 },
    }
  }

/** A line that says what it is to say already stays as it is: others may be writing it. */
function linesOf(doc: Text, table: Table, content: Content): string[] {
  const { prefix } = table.delimiter
  const before = contentOf(doc, table)
  const sameColumns = before.alignments.join() === content.alignments.join()
  const old = new Map<readonly string[], string>()
  table.rows.forEach(({ cells, line }, index) => {
    const row = before.rows[index]
    if (row && cells.length === table.columns) old.set(row, doc.sliceString(doc.lineAt(line.from).from, line.to))
  })
  const printed = (cells: readonly string[]): string => {
    const same = [...old].find(([row]) => row.length === cells.length && row.every((cell, column) => cell === cells[column]))
    return same ? same[1] : printRow(prefix, cells)
  }
  const [header = [], ...body] = content.rows
  const dashes = doc.sliceString(doc.lineAt(table.delimiter.line.from).from, table.delimiter.line.to)
  return [printed(header), sameColumns ? dashes : printDelimiter(prefix, content.alignments), ...body.map(printed)]
}

/** From the old lines to the new ones, as little as can be: what is equal at both ends stays. */
function changesTo(doc: Text, table: Table, lines: readonly string[]): ChangeSet {
  const old = doc.sliceString(table.from, table.to).split('\n')
  let start = 0
  while (start < Math.min(old.length, lines.length) && old[start] === lines[start]) start++
  let end = 0
  while (end < Math.min(old.length, lines.length) - start && old.at(-1 - end) === lines.at(-1 - end)) end++
  const [before, after] = [old.slice(start, old.length - end), lines.slice(start, lines.length - end)]
  if (before.length === 0 && after.length === 0) return ChangeSet.empty(doc.length)
  const first = doc.lineAt(table.from).number
  // Lines are never taken or given without their end; the first ones of a table always stay.
  const from = start === 0 ? table.from : doc.line(first + start - 1).to
  const to = doc.line(first + old.length - end - 1).to
  const insert = Text.of(start === 0 ? after : ['', ...after])
  return ChangeSet.of({ from, to, insert }, doc.length)
}

/** What the edit does to a text, as one step of its history. */
export function edited({ doc }: EditorState, table: Table, place: Place, edit: Edit): TransactionSpec {
  const next = edit(contentOf(doc, table), place)
  const changes = changesTo(doc, table, linesOf(doc, table, next.content))
  const after = changes.apply(doc)
  const to = changes.mapPos(table.to, 1)
  const found = readTable(after, table.from, to)
  const cell = found && cellAt(found, next.place)
  const text = cell ? textIn(after, cell) : { from: table.from, to: table.from }
  return { changes, selection: { anchor: text.to }, scrollIntoView: true, userEvent: 'input.table' }
}

import type { Text } from '@codemirror/state'

export type Alignment = 'left' | 'center' | 'right' | null

export interface Span {
  readonly from: number
  readonly to: number
}

/** One row as it is written. */
export interface Row {
  /** What stands before it: the signs of a quotation, the indentation of a list. */
  readonly prefix: string
  /** What is between the pipes, spaces included. */
  readonly cells: readonly Span[]
  /** Its line, without what stands before. */
  readonly line: Span
}

/** A table of Markdown in its text: https://github.github.com/gfm/#tables-extension- */
export interface Table extends Span {
  /** The header first. */
  readonly rows: readonly Row[]
  readonly delimiter: Row
  readonly alignments: readonly Alignment[]
  /** Of the longest row. */
  readonly columns: number
}

export interface Place {
  readonly row: number
  readonly column: number
}

const PREFIX = /^[\s>]*/
const DASHES = { left: ':---', center: ':---:', right: '---:' } as const

/** Where the pipes of a line are that part cells: those without a backslash of their own. */
export function pipesIn(text: string): number[] {
  const found: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '|') found.push(at)
  }
  return found
}

function rowAt(text: string, start: number): Row {
  const prefix = PREFIX.exec(text)?.[0] ?? ''
  const end = text.trimEnd().length
  const pipes = pipesIn(text.slice(0, end)).filter((at) => at >= prefix.length)
  const borders = [...(pipes[0] === prefix.length ? [] : [prefix.length - 1]), ...pipes, ...(pipes.at(-1) === end - 1 ? [] : [end])]
  const cells = borders.slice(1).map((border, index) => ({ from: start + (borders[index] ?? 0) + 1, to: start + border }))
  return { prefix, cells, line: { from: start + prefix.length, to: start + text.length } }
}

function alignmentOf(dashes: string): Alignment {
  const [left, right] = [dashes.startsWith(':'), dashes.endsWith(':')]
  return left && right ? 'center' : right ? 'right' : left ? 'left' : null
}

/** A table that is found there stands by itself in its first line, in which no list begins. */
export function beginsLine(doc: Text, from: number): boolean {
  const line = doc.lineAt(from)
  return (PREFIX.exec(line.text)?.[0].length ?? 0) >= from - line.from
}

/** Reads the lines from the one to the other position, which the parser of Markdown found to be a table. */
export function readTable(doc: Text, from: number, to: number): Table | null {
  const [first, last] = [doc.lineAt(from), doc.lineAt(to)]
  const all: Row[] = []
  for (let number = first.number; number <= last.number; number++) {
    const line = doc.line(number)
    all.push(rowAt(line.text, line.from))
  }
  const [header, delimiter, ...body] = all
  if (!header || !delimiter) return null
  const alignments = delimiter.cells.map((cell) => alignmentOf(doc.sliceString(cell.from, cell.to).trim()))
  const rows = [header, ...body]
  const columns = Math.max(alignments.length, ...rows.map(({ cells }) => cells.length))
  return { from: first.from, to: last.to, rows, delimiter, alignments, columns }
}

/** The text of a cell without the spaces around it; of an empty one the place where it begins. */
export function textIn(doc: Text, cell: Span): Span {
  const text = doc.sliceString(cell.from, cell.to)
  if (text.trim() === '') {
    const at = cell.from + Math.min(1, text.length)
    return { from: at, to: at }
  }
  return { from: cell.from + text.length - text.trimStart().length, to: cell.to - text.length + text.trimEnd().length }
}

export function isWithin(span: Span, { from, to }: Span): boolean {
  return span.from >= from && span.to <= to
}

/** The cell of a position, or the one nearest to it. */
export function nearestPlace(table: Table, position: number): Place {
  const lines = [table.rows[0], table.delimiter, ...table.rows.slice(1)]
  const line = Math.max(0, lines.findIndex((row) => row !== undefined && position <= row.line.to))
  // The line of dashes belongs to the header.
  const row = Math.max(0, line - 1)
  const cells = lines[line]?.cells ?? []
  const column = cells.findIndex(({ to }) => position <= to)
  return { row, column: column < 0 ? Math.max(0, cells.length - 1) : column }
}

export function cellAt(table: Table, { row, column }: Place): Span | null {
  return table.rows[row]?.cells[column] ?? null
}

/** What is in the cells, in rows that are as long as the longest. */
export function textsOf(doc: Text, { rows, columns }: Table): string[][] {
  return rows.map(({ cells }) =>
    Array.from({ length: columns }, (_, column) => {
      const cell = cells[column]
      return cell ? doc.sliceString(cell.from, cell.to).trim() : ''
    }),
  )
}

/** A row in Markdown. */
export function printRow(prefix: string, cells: readonly string[]): string {
  return `${prefix}| ${cells.join(' | ')} |`
}

export function printDelimiter(prefix: string, alignments: readonly Alignment[]): string {
  return printRow(
    prefix,
    alignments.map((alignment) => (alignment ? DASHES[alignment] : '---')),
  )
}

/** A text as a cell can hold it: in one line, its pipes with a backslash. */
export function cellText(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ')
  let escaped = ''
  let from = 0
  for (const at of pipesIn(line)) {
    escaped += `${line.slice(from, at)}\\`
    from = at
  }
  return escaped + line.slice(from)
}

export interface Insertion {
  readonly from: number
  readonly insert: string
}

/** What a row lacks of its outer pipes and of the spaces around its cells, before the text of the column's cell and after it. */
export function gapsOf(doc: Text, row: Row, column: number): { readonly before: readonly Insertion[]; readonly after: readonly Insertion[] } {
  const [before, after]: [Insertion[], Insertion[]] = [[], []]
  row.cells.forEach(({ from, to }, index) => {
    const text = doc.sliceString(from, to)
    const left = (doc.sliceString(from - 1, from) === '|' ? '' : '|') + (text.startsWith(' ') ? '' : ' ')
    const right = (text.endsWith(' ') && text.length > 1 ? '' : ' ') + (doc.sliceString(to, to + 1) === '|' ? '' : '|')
    if (left) (index <= column ? before : after).push({ from, insert: left })
    if (right) (index < column ? before : after).push({ from: to, insert: right })
  })
  return { before, after }
}

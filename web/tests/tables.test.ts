import { ensureSyntaxTree } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { markdown } from '@/features/editor/markdown'
import { cellsOf } from '@/features/editor/table/cell-editor'
import { addColumn, addRow, align, edited, moveColumn, moveRow, paste, removeColumn, removeRow, type Edit } from '@/features/editor/table/edits'
import { cellText, gapsOf, nearestPlace, readTable, textIn, type Place, type Table } from '@/features/editor/table/markdown-table'
import { drawnTable, showAsText, tables } from '@/features/editor/table/tables'

function stateOf(doc: string, caret = 0): EditorState {
  const state = EditorState.create({ doc, selection: { anchor: caret }, extensions: [markdown, tables] })
  ensureSyntaxTree(state, doc.length, 5000)
  return state
}

function tableOf(doc: string): [EditorState, Table] {
  const state = stateOf(doc)
  const found: (Table | null)[] = []
  ensureSyntaxTree(state, doc.length, 5000)?.iterate({
    enter({ name, from, to }) {
      if (name === 'Table') found.push(readTable(state.doc, from, to))
    },
  })
  const [table] = found
  if (!table) throw new Error(`no table in ${doc}`)
  return [state, table]
}

/** The text after an edit, with `^` where the caret is. */
function after(doc: string, place: Place, edit: Edit): string {
  const [state, table] = tableOf(doc)
  const next = state.update(edited(state, table, place, edit)).state
  const { head } = next.selection.main
  return `${next.sliceDoc(0, head)}^${next.sliceDoc(head)}`
}

const at = (row: number, column: number): Place => ({ row, column })
const SMALL = '| a | b |\n| --- | :--- |\n| 1 | 2 |'

describe('a table', () => {
  it('is read with its cells, whatever pipes they have of their own', () => {
    const [{ doc }, table] = tableOf('a | `b \\| c`\n:-: | -\n| 1 \\\\\\| 2 |')
    expect(table.rows.map(({ cells }) => cells.map((cell) => doc.sliceString(cell.from, cell.to).trim()))).toEqual([['a', '`b \\| c`'], ['1 \\\\\\| 2']])
    expect(table.alignments).toEqual(['center', null])
  })

  it('knows the cell that a position is in or near', () => {
    const [, table] = tableOf(SMALL)
    expect(nearestPlace(table, 0)).toEqual(at(0, 0))
    expect(nearestPlace(table, SMALL.indexOf('b'))).toEqual(at(0, 1))
    expect(nearestPlace(table, SMALL.indexOf('---'))).toEqual(at(0, 0))
    expect(nearestPlace(table, SMALL.indexOf('2'))).toEqual(at(1, 1))
    expect(nearestPlace(table, SMALL.length)).toEqual(at(1, 1))
  })

  it('has a place for the caret in a cell without a text', () => {
    const doc = '||  |   |\n|-|-|-|'
    const [state, table] = tableOf(doc)
    expect(table.rows[0]?.cells.map((cell) => textIn(state.doc, cell).from)).toEqual([1, 3, 6])
  })

  it('gets rows and columns', () => {
    expect(after(SMALL, at(1, 1), addRow(1))).toBe('| a | b |\n| --- | :--- |\n| 1 | 2 |\n|  | ^ |')
    expect(after(SMALL, at(0, 1), addRow(0))).toBe('| a | b |\n| --- | :--- |\n|  | ^ |\n| 1 | 2 |')
    expect(after(SMALL, at(1, 0), addColumn(1))).toBe('| a |  | b |\n| --- | --- | :--- |\n| 1 | ^ | 2 |')
  })

  it('loses and moves them, the header too', () => {
    expect(after(SMALL, at(1, 0), removeRow)).toBe('| a^ | b |\n| --- | :--- |')
    expect(after(SMALL, at(0, 0), removeRow)).toBe('| 1^ | 2 |\n| --- | :--- |')
    expect(after(SMALL, at(0, 1), removeColumn)).toBe('| a^ |\n| --- |\n| 1 |')
    expect(after(SMALL, at(0, 1), moveRow(1))).toBe('| 1 | 2 |\n| --- | :--- |\n| a | b^ |')
    expect(after(SMALL, at(1, 0), moveColumn(1))).toBe('| b | a |\n| :--- | --- |\n| 2 | 1^ |')
  })

  it('keeps its last row and its last column', () => {
    expect(after('| a |\n| - |', at(0, 0), removeRow)).toBe('| a^ |\n| - |')
    expect(after('| a |\n| - |', at(0, 0), removeColumn)).toBe('| a^ |\n| - |')
  })

  it('leaves lines as they are that say the same', () => {
    const wide = '| a    | b  |\n|------|----|\n| 1    | 2  |'
    expect(after(wide, at(1, 0), addRow(1))).toBe(`${wide}\n| ^ |  |`)
    expect(after(wide, at(1, 0), align('right'))).toBe('| a    | b  |\n| ---: | --- |\n| 1^    | 2  |')
  })

  it('stays in its quotation', () => {
    expect(after('> | a | b |\n> | - | - |\n> | 1 | 2 |', at(1, 0), addRow(1))).toBe('> | a | b |\n> | - | - |\n> | 1 | 2 |\n> | ^ |  |')
  })

  it('grows by the cells that are pasted', () => {
    expect(cellsOf('one word')).toBeNull()
    expect(after(SMALL, at(1, 1), paste(cellsOf('x\ty|z\r\n\tw\r\n') ?? []))).toBe('| a | b |  |\n| --- | :--- | --- |\n| 1 | x | y\\|z |\n|  |  | w^ |')
  })

  it('holds a text of one line whose pipes part nothing', () => {
    expect(cellText('a | b\n c')).toBe('a \\| b c')
    expect(cellText('a \\| b')).toBe('a \\| b')
    expect(cellText('a \\\\| b')).toBe('a \\\\\\| b')
  })

  it('tells what a row lacks', () => {
    const doc = 'a|b\n-|-\n|| c |'
    const [state, table] = tableOf(doc)
    const [header, row] = table.rows
    if (!header || !row) throw new Error('rows')
    expect(gapsOf(state.doc, header, 0)).toEqual({ before: [{ from: 0, insert: '| ' }], after: [{ from: 1, insert: ' ' }, { from: 2, insert: ' ' }, { from: 3, insert: ' |' }] })
    expect(gapsOf(state.doc, row, 0)).toEqual({ before: [{ from: 9, insert: ' ' }], after: [{ from: 9, insert: ' ' }] })
  })
})

describe('the tables of a text', () => {
  const drawn = (state: EditorState, position: number): boolean => drawnTable(state, position) !== null

  function typed(state: EditorState, text: string, userEvent = 'input.type'): EditorState {
    const { head } = state.selection.main
    return state.update({ changes: { from: head, insert: text }, selection: { anchor: head + text.length }, userEvent }).state
  }

  it('are drawn, in quotations and lists too, but where a list begins in their first line', () => {
    const inner = SMALL.replaceAll('\n', '\n  ')
    const doc = `${SMALL}\n\n> ${SMALL.replaceAll('\n', '\n> ')}\n\n- item\n\n  ${inner}\n\n- ${inner}`
    const state = stateOf(doc)
    const starts = [...doc.matchAll(/\| a/g)].map(({ index }) => index)
    expect(starts.map((start) => drawn(state, start))).toEqual([true, true, true, false])
  })

  it('are text while they are typed, until the caret is elsewhere', () => {
    let state = stateOf('')
    for (const key of `${SMALL}\n`) state = typed(state, key)
    expect(drawn(state, 3)).toBe(false)
    expect(drawn(typed(state, '\n'), 3)).toBe(true)
    expect(drawn(state.update({ selection: { anchor: 1 } }).state, 3)).toBe(false)
  })

  it('are drawn at once when they come whole', () => {
    expect(drawn(typed(stateOf(''), SMALL, 'input.paste'), 3)).toBe(true)
    expect(drawn(typed(stateOf(''), SMALL, 'input.complete'), 3)).toBe(true)
  })

  it('become text when that is asked for, or something in them is found', () => {
    const state = stateOf(`${SMALL}\n\nbelow`, 3)
    expect(drawn(state.update({ effects: showAsText.of(3) }).state, 3)).toBe(false)
    expect(drawn(state.update({ selection: { anchor: 2, head: 3 }, userEvent: 'select.search' }).state, 3)).toBe(false)
  })

  it('stay drawn while others change what is around them', () => {
    const state = stateOf(`x\n\n${SMALL}`, 5)
    const changed = state.update({ changes: { from: 0, insert: 'more\n' } }).state
    expect(drawn(changed, 12)).toBe(true)
  })
})

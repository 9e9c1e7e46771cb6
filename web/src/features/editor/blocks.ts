import type { ChangeSpec, EditorState, Line, StateCommand } from '@codemirror/state'
import { isInTable } from './table/tables'

/** What an empty line can become. */
export interface Block {
  readonly name: string
  /** More words by which it is found. */
  readonly words: string
  /** Around the caret. */
  readonly text: () => readonly [before: string, after: string]
}

const lines = (...all: string[]): string => all.join('\n')

export const BLOCKS: readonly Block[] = [
  { name: 'Heading 1', words: 'title h1', text: () => ['# ', ''] },
  { name: 'Heading 2', words: 'section h2', text: () => ['## ', ''] },
  { name: 'Heading 3', words: 'h3', text: () => ['### ', ''] },
  { name: 'List', words: 'bullets', text: () => ['- ', ''] },
  { name: 'Numbered list', words: 'ordered', text: () => ['1. ', ''] },
  { name: 'Task', words: 'to-do checkbox', text: () => ['- [ ] ', ''] },
  { name: 'Table', words: 'grid', text: () => ['| ', lines(' |  |', '| --- | --- |', '|  |  |')] },
  { name: 'Code', words: 'block', text: () => ['```', lines('', '', '```')] },
  { name: 'Quote', words: 'citation', text: () => ['> ', ''] },
  { name: 'Rule', words: 'line separator', text: () => [lines('***', ''), ''] },
  { name: 'Date', words: 'today day', text: () => [new Date().toLocaleDateString(undefined, { dateStyle: 'long' }), ''] },
]

/** Signs at the beginning of a line, behind its indentation. */
const SIGNS = /^(\s*)(?:(#{1,6} )|([-*+] \[[ xX]\] )|([-*+] )|(\d{1,9}[.)] )|(> ))?/
const KINDS = { heading: 2, task: 3, list: 4, number: 5, quote: 6 } as const

export type LineKind = Exclude<keyof typeof KINDS, 'number'>

const NEW = { task: '- [ ] ', list: '- ', quote: '> ' } as const

/** Makes each selected line one of the kind, or plain again when all are; a heading becomes smaller, then plain. */
export function toggleLines(kind: LineKind): StateCommand {
  return ({ state, dispatch }) => {
    // A cell has no lines.
    if (isInTable(state)) return false
    const all = selectedLines(state)
    const plain = all.every((line) => signsOf(line)[KINDS[kind]] !== undefined)
    const changes = all.map((line): ChangeSpec => {
      const found = signsOf(line)
      const start = line.from + (found[1]?.length ?? 0)
      const insert = kind === 'heading' ? nextHeading(found[2]) : plain ? '' : NEW[kind]
      return { from: start, to: line.from + (found[0]?.length ?? 0), insert }
    })
    dispatch(state.update({ changes, userEvent: 'input.format', scrollIntoView: true }))
    return true
  }
}

function signsOf(line: Line): readonly (string | undefined)[] {
  return SIGNS.exec(line.text) ?? []
}

function nextHeading(signs: string | undefined): string {
  const depth = signs ? signs.length - 1 : 0
  return depth >= 3 ? '' : `${'#'.repeat(depth + 1)} `
}

function selectedLines(state: EditorState): Line[] {
  const { from, to } = state.selection.main
  const [first, last] = [state.doc.lineAt(from).number, state.doc.lineAt(to).number]
  return Array.from({ length: last - first + 1 }, (_, index) => state.doc.line(first + index))
}

import type { EditorState, TransactionSpec } from '@codemirror/state'

const TASK = /^((?:\s|>)*(?:[-*+]|\d+[.)])\s+\[)([ xX])\]/

/** What ticks or clears the task on the line of the position; null where there is none. */
export function tick({ doc }: EditorState, position: number): TransactionSpec | null {
  const line = doc.lineAt(position)
  const found = TASK.exec(line.text)
  if (!found) return null
  const [, before = '', mark] = found
  const at = line.from + before.length
  return { changes: { from: at, to: at + 1, insert: mark === ' ' ? 'x' : ' ' }, userEvent: 'input.task' }
}

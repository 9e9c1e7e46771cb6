import { EditorSelection, EditorState, type StateCommand } from '@codemirror/state'
import { markdown } from '@/features/editor/markdown'

/** The text of which `‹` and `›` are the ends of the selection, or `|` is the caret. */
export function stateOf(marked: string): EditorState {
  const [anchor, head] = marked.includes('|') ? [marked.indexOf('|'), marked.indexOf('|')] : [marked.indexOf('‹'), marked.indexOf('›') - 1]
  const doc = marked.replace(/[|‹›]/g, '')
  return EditorState.create({ doc, selection: EditorSelection.single(anchor, head), extensions: [markdown] })
}

/** The text after the commands, marked in the same way. */
export function after(marked: string, ...commands: readonly StateCommand[]): string {
  let state = stateOf(marked)
  for (const command of commands) command({ state, dispatch: (transaction) => (state = transaction.state) })
  const { from, to, empty } = state.selection.main
  const text = state.doc.toString()
  return empty ? `${text.slice(0, from)}|${text.slice(from)}` : `${text.slice(0, from)}‹${text.slice(from, to)}›${text.slice(to)}`
}

import { EditorSelection, type StateCommand } from '@codemirror/state'
import type { EditorView, KeyBinding } from '@codemirror/view'
import { toggleTask } from './task'

/** Puts a mark around what is selected, or takes it away. */
function around(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    const size = mark.length
    dispatch(
      state.update(
        state.changeByRange((range) => {
          const marked =
            state.sliceDoc(range.from - size, range.from) === mark && state.sliceDoc(range.to, range.to + size) === mark
          if (marked) {
            return {
              changes: [
                { from: range.from - size, to: range.from },
                { from: range.to, to: range.to + size },
              ],
              range: EditorSelection.range(range.from - size, range.to - size),
            }
          }
          return {
            changes: [
              { from: range.from, insert: mark },
              { from: range.to, insert: mark },
            ],
            range: EditorSelection.range(range.from + size, range.to + size),
          }
        }),
        { userEvent: 'input.format', scrollIntoView: true },
      ),
    )
    return true
  }
}

const link: StateCommand = ({ state, dispatch }) => {
  dispatch(
    state.update(
      state.changeByRange((range) => {
        const text = state.sliceDoc(range.from, range.to)
        const address = range.from + text.length + 3
        return { changes: { from: range.from, to: range.to, insert: `[${text}]()` }, range: EditorSelection.cursor(address) }
      }),
      { userEvent: 'input.format', scrollIntoView: true },
    ),
  )
  return true
}

export const formatKeys: readonly KeyBinding[] = [
  { key: 'Mod-b', run: around('**') },
  { key: 'Mod-i', run: around('*') },
  { key: 'Mod-k', run: link },
  { key: 'Mod-Enter', run: (view: EditorView) => toggleTask(view, view.state.selection.main.head) },
]

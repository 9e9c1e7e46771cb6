import { indentLess, indentMore } from '@codemirror/commands'
import { getIndentUnit, indentUnit, syntaxTree } from '@codemirror/language'
import type { EditorState, StateCommand } from '@codemirror/state'
import type { KeyBinding } from '@codemirror/view'
import { movedItems } from './list-items'

/** The selection begins in a block of code. */
export function isInCode(state: EditorState): boolean {
  const { from } = state.selection.main
  for (let node = syntaxTree(state).resolveInner(from, -1); ; ) {
    if (node.name === 'FencedCode') {
      const [opening, closing] = node.getChildren('CodeMark')
      // The fences are no code.
      return from > state.doc.lineAt(opening?.from ?? node.from).to && (!closing || from < state.doc.lineAt(closing.from).from)
    }
    if (node.name === 'CodeBlock') return true
    if (!node.parent) return false
    node = node.parent
  }
}

const indentCode: StateCommand = ({ state, dispatch }) => {
  if (!state.selection.main.empty) return indentMore({ state, dispatch })
  const { head } = state.selection.main
  const column = head - state.doc.lineAt(head).from
  const insert = state.facet(indentUnit).slice(column % getIndentUnit(state))
  dispatch(state.update(state.replaceSelection(insert), { userEvent: 'input.indent', scrollIntoView: true }))
  return true
}

function moveItems(by: 1 | -1): StateCommand {
  return ({ state, dispatch }) => {
    const moved = movedItems(state, by)
    if (moved) dispatch(state.update(moved))
    return moved !== null
  }
}

export const indent: StateCommand = (target) => (isInCode(target.state) ? indentCode(target) : moveItems(1)(target))
export const unindent: StateCommand = (target) => (isInCode(target.state) ? indentLess(target) : moveItems(-1)(target))

/** Tab moves on unless the caret is in a list or in code; after Escape it moves on there too, which is the editor's own doing. */
export const indentKeys: readonly KeyBinding[] = [{ key: 'Tab', run: indent, shift: unindent }]

import type { KeyBinding } from '@codemirror/view'
import { BOLD, CODE, ITALIC, STRUCK, toggleLink, toggleMark } from './marks'
import { toggleTask } from './task'

export const formatKeys: readonly KeyBinding[] = [
  { key: 'Mod-b', run: toggleMark(BOLD) },
  { key: 'Mod-i', run: toggleMark(ITALIC) },
  { key: 'Mod-e', run: toggleMark(CODE) },
  { key: 'Mod-Shift-x', run: toggleMark(STRUCK) },
  { key: 'Mod-k', run: toggleLink },
  { key: 'Mod-Enter', run: (view) => toggleTask(view, view.state.selection.main.head) },
]

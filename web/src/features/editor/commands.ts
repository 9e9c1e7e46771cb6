import type { Command, EditorView, KeyBinding } from '@codemirror/view'
import { BOLD, CODE, ITALIC, STRUCK, toggleLink, toggleMark } from './marks'
import { toggleTask } from './task'

/** What can be done to words, by key and by button. */
export interface Format {
  readonly name: string
  readonly sign: string
  /** As CodeMirror writes it, and as people read it. */
  readonly key: string
  readonly keyName: string
  readonly run: Command
}

export const FORMATS: readonly Format[] = [
  { name: 'Bold', sign: 'B', key: 'Mod-b', keyName: 'Ctrl+B', run: toggleMark(BOLD) },
  { name: 'Italic', sign: 'I', key: 'Mod-i', keyName: 'Ctrl+I', run: toggleMark(ITALIC) },
  { name: 'Struck through', sign: 'S', key: 'Mod-Shift-x', keyName: 'Ctrl+Shift+X', run: toggleMark(STRUCK) },
  { name: 'Code', sign: '</>', key: 'Mod-e', keyName: 'Ctrl+E', run: toggleMark(CODE) },
  { name: 'Link', sign: 'Link', key: 'Mod-k', keyName: 'Ctrl+K', run: toggleLink },
]

export const formatKeys: readonly KeyBinding[] = [
  // With nothing selected Ctrl+K leads to other notes, as everywhere in the app.
  ...FORMATS.map(({ key, name, run }) => ({ key, run: (view: EditorView) => (name !== 'Link' || !view.state.selection.main.empty) && run(view) })),
  { key: 'Mod-Enter', run: (view) => toggleTask(view, view.state.selection.main.head) },
]

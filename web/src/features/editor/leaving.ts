import type { EditorView } from '@codemirror/view'

/** The event by which the caret leaves the text upwards. */
export const LEAVE = 'leave-upwards'

export function leaveUpwards(view: EditorView): void {
  view.dom.dispatchEvent(new Event(LEAVE, { bubbles: true, composed: true }))
}

export function leaveFromTop(view: EditorView): boolean {
  const { main } = view.state.selection
  if (!main.empty || view.state.doc.lineAt(main.head).number > 1) return false
  const moved = view.moveVertically(main, false)
  if (moved.head !== main.head && moved.head !== 0) return false
  leaveUpwards(view)
  return true
}

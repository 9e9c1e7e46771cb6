import { onScopeDispose } from 'vue'

/** By the key's value; those that start with `Mod+` work while writing too. */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Keys that work anywhere in the app while the component lives. Letters are left alone where somebody writes. */
export function useShortcuts(shortcuts: Shortcuts): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing) return
    const withMod = event.ctrlKey || event.metaKey
    if (!withMod && isWriting(event)) return
    const action = shortcuts[withMod ? `Mod+${event.key.toLowerCase()}` : event.key]
    if (!action) return
    event.preventDefault()
    action(event)
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}

/** The editor is in a shadow root, so the event's path tells and its target does not. */
function isWriting(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio'
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** What the sheet shows. */
export const SHEET: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['n', 'New note'],
      ['j', 'Next note in the list'],
      ['k', 'Note before in the list'],
      ['End', 'Last note, from within the list'],
      ['Enter', 'Open the note'],
      ['p', 'Read the note as it will look'],
      ['s', 'Share the note'],
      ['Esc', 'Close, or go back to the list'],
      ['?', 'This sheet'],
    ],
  },
  {
    title: 'While writing',
    keys: [
      ['Ctrl S', 'Save now'],
      ['Ctrl B', 'Bold'],
      ['Ctrl I', 'Italic'],
      ['Ctrl K', 'Link'],
      ['Ctrl Enter', 'Tick the task'],
      ['Ctrl Z', 'Undo'],
    ],
  },
]

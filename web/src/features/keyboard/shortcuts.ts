import { onScopeDispose } from 'vue'

/** By the key's value; those that start with `Mod+` work while writing too. */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** The attribute of what single characters are commands in: the list of notes, and nothing else (WCAG 2.1.4). */
export const CHARACTER_KEYS = 'data-character-keys'

/** Keys that work anywhere in the app while the component lives, single characters in the list alone. */
export function useShortcuts(shortcuts: Shortcuts): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing) return
    const withMod = event.ctrlKey || event.metaKey
    if (!withMod && (event.key.length === 1 ? !isInList(event) : isWriting(event))) return
    const action = shortcuts[withMod ? `Mod+${event.key.toLowerCase()}` : event.key]
    if (!action) return
    event.preventDefault()
    action(event)
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}

function isInList({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest(`[${CHARACTER_KEYS}]`) !== null
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
      ['Ctrl K', 'Go to a note or a command'],
      ['Ctrl F', 'Find in the note'],
      ['Ctrl S', 'Save now'],
      ['Esc', 'Close, or go back to the list'],
      ['Ctrl /', 'This sheet'],
    ],
  },
  {
    title: 'In the list',
    keys: [
      ['j', 'Next note'],
      ['k', 'Note before'],
      ['Home', 'First note'],
      ['End', 'Last note'],
      ['Enter', 'Open the note'],
      ['/', 'Filter the notes'],
      ['n', 'New note'],
      ['x', 'Choose the note, or not: also Ctrl and click, or Shift and click for all between'],
      ['Delete', 'Delete those that are chosen'],
      ['p', 'Read the open note as it will look, or write'],
      ['s', 'Share the open note'],
      ['?', 'This sheet'],
    ],
  },
  {
    title: 'While writing',
    keys: [
      ['Ctrl B', 'Bold'],
      ['Ctrl I', 'Italic'],
      ['Ctrl E', 'Code'],
      ['Ctrl Shift X', 'Struck through'],
      ['Ctrl K', 'Link, of what is selected'],
      ['Ctrl Enter', 'Tick the task'],
      ['Alt Enter', 'Open the link'],
      ['Alt F10', 'The bar above what is selected; the menu of a table'],
      ['Alt ↑ ↓', 'Move the line, or the row of a table'],
      ['/', 'On an empty line: heading, list, table, code, date'],
      ['[[', 'A link to another note'],
      ['Tab', 'Indent, in a list or in code'],
      ['Shift Tab', 'Indent less'],
      ['Esc Tab', 'Leave the text forwards'],
      ['Esc Shift Tab', 'Leave the text backwards'],
      ['Esc Esc', 'Go to the list'],
      ['Ctrl Z', 'Undo'],
    ],
  },
]

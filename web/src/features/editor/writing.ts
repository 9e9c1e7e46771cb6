import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { appearance } from './appearance'
import { formatKeys } from './commands'
import { markdown } from './markdown'
import { openLink } from './open-link'
import { styledInPlace } from './styled-in-place'

/** The event by which the caret leaves the text upwards. */
export const LEAVE = 'leave-upwards'

// Control characters are refused by the service; a text that is pasted comes without them.
// eslint-disable-next-line no-control-regex
const withoutControls = (pasted: string): string => pasted.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')

function leaveFromTop(editor: EditorView): boolean {
  const { main } = editor.state.selection
  if (!main.empty || editor.state.doc.lineAt(main.head).number > 1) return false
  const moved = editor.moveVertically(main, false)
  if (moved.head !== main.head && moved.head !== 0) return false
  editor.dom.dispatchEvent(new Event(LEAVE, { bubbles: true, composed: true }))
  return true
}

/** Tab moves on unless the caret is in a list, so that the keyboard can always leave the text. */
function indentInList(editor: EditorView): boolean {
  const line = editor.state.doc.lineAt(editor.state.selection.main.head)
  return /^\s*([-*+]|\d+[.)])\s/.test(line.text) && indentMore(editor)
}

/** What makes an editor of a text. It is part of the document's state, so it knows nothing of where that is shown. */
export const writing: Extension = [
  EditorState.lineSeparator.of('\n'),
  EditorView.clipboardInputFilter.of(withoutControls),
  history(),
  keymap.of([{ key: 'ArrowUp', run: leaveFromTop }, ...formatKeys, { key: 'Tab', run: indentInList, shift: indentLess }, ...defaultKeymap, ...historyKeymap]),
  markdown,
  EditorView.lineWrapping,
  EditorView.perLineTextDirection.of(true),
  EditorView.contentAttributes.of({ 'aria-label': 'Text', spellcheck: 'true', autocapitalize: 'sentences', autocorrect: 'on' }),
  placeholder('Write…'),
  openLink,
  styledInPlace,
  appearance,
]

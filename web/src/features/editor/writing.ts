import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { appearance } from './appearance'
import { clipboard } from './clipboard'
import { formatKeys } from './commands'
import { completing } from './completing'
import { finding } from './find'
import { indentKeys } from './indenting'
import { leaveFromTop } from './leaving'
import { links } from './links'
import { markdown } from './markdown'
import { selectionBar } from './selection-bar'
import { styledInPlace } from './styled-in-place'
import { tableEditing } from './table/writing-cells'

// Shows the keys, as everywhere in the app; the editor would make a comment of the line.
const otherKeys = defaultKeymap.filter(({ key }) => key !== 'Mod-/')

/** What makes an editor of a text. It is part of the document's state, so it knows nothing of where that is shown. */
export const writing: Extension = [
  EditorState.lineSeparator.of('\n'),
  history(),
  finding,
  keymap.of([{ key: 'ArrowUp', run: leaveFromTop }, ...formatKeys, ...indentKeys, ...otherKeys, ...historyKeymap]),
  clipboard,
  markdown,
  EditorView.lineWrapping,
  EditorView.perLineTextDirection.of(true),
  EditorView.contentAttributes.of({ class: 'prose', 'aria-label': 'Text', spellcheck: 'true', autocapitalize: 'sentences', autocorrect: 'on' }),
  placeholder('Write…'),
  completing,
  links,
  selectionBar,
  styledInPlace,
  tableEditing,
  appearance,
]

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { classHighlighter, tags } from '@lezer/highlight'

/** What belongs to the editor alone; how a note looks is in `styles/prose.css`. */
const theme = EditorView.theme({
  '&': { color: 'var(--color-ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-sans)', lineHeight: '1.75rem', overflow: 'visible' },
  '.cm-content': { minWidth: '0', padding: '0 0 30vh', caretColor: 'var(--color-accent)' },
  '.cm-placeholder': { color: 'var(--color-ink-faint)' },
  '.cm-content ::selection': { backgroundColor: 'var(--color-selection)' },
  '.cm-panels': { border: 'none', backgroundColor: 'transparent' },
  '.cm-searchMatch': { backgroundColor: 'var(--color-found)' },
  '.cm-searchMatch.cm-searchMatch-selected': { backgroundColor: 'var(--color-found-here)' },
  '.sign': { color: 'var(--color-ink-faint)', fontWeight: '400' },
})

const highlight = HighlightStyle.define([
  { tag: tags.strong, class: 'strong' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: tags.heading, color: 'var(--color-ink)' },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: 'var(--color-ink-faint)' },
  { tag: tags.labelName, color: 'var(--color-ink-soft)' },
])

export const appearance = [theme, EditorView.contentAttributes.of({ class: 'prose' }), syntaxHighlighting(highlight), syntaxHighlighting(classHighlighter)]

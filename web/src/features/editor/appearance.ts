import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

// The editor lives in a shadow root (see MarkdownEditor.vue), so its styles are here and not in a style sheet of the page.
const theme = EditorView.theme({
  '&': { color: 'var(--color-ink)', backgroundColor: 'transparent', fontSize: '1.0625rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-sans)', lineHeight: '1.65', overflow: 'visible' },
  '.cm-content': { minWidth: '0', padding: '0 0 30vh', caretColor: 'var(--color-accent)', overflowWrap: 'anywhere' },
  '.cm-line': { padding: '0' },
  '.cm-placeholder': { color: 'var(--color-ink-faint)' },
  '.cm-content ::selection': { backgroundColor: 'var(--color-selection)' },
  '.cm-line.nw-h1': { fontSize: '1.6em', fontWeight: '680', lineHeight: '1.3', letterSpacing: '-0.017em', paddingTop: '0.5em' },
  '.cm-line.nw-h2': { fontSize: '1.3em', fontWeight: '660', lineHeight: '1.35', letterSpacing: '-0.012em', paddingTop: '0.45em' },
  '.cm-line.nw-h3': { fontSize: '1.1em', fontWeight: '650', lineHeight: '1.45', paddingTop: '0.35em' },
  '.cm-line.nw-h4, .cm-line.nw-h5, .cm-line.nw-h6': { fontWeight: '650' },
  '.cm-line.nw-quote': { borderInlineStart: '3px solid var(--color-line)', paddingInlineStart: '0.9em', color: 'var(--color-ink-soft)' },
  '.cm-line.nw-code': {
    fontFamily: 'var(--font-mono)',
    fontSize: '0.86em',
    lineHeight: '1.6',
    backgroundColor: 'var(--color-sunken)',
    paddingInline: '0.9em',
  },
  '.cm-line.nw-code-first': { borderRadius: '8px 8px 0 0', paddingTop: '0.4em' },
  '.cm-line.nw-code-last': { borderRadius: '0 0 8px 8px', paddingBottom: '0.4em' },
  '.cm-line.nw-table': { fontFamily: 'var(--font-mono)', fontSize: '0.86em' },
  '.cm-line.nw-item': { paddingInlineStart: '1.5em', textIndent: '-1.5em' },
  '.cm-line.nw-item > *': { textIndent: '0' },
  '.nw-bullet': { display: 'inline-block', width: '1.5em', textIndent: '0', color: 'var(--color-ink-faint)', textAlign: 'center' },
  '.nw-number': {
    display: 'inline-block',
    minWidth: '1.5em',
    textIndent: '0',
    color: 'var(--color-ink-soft)',
    fontVariantNumeric: 'tabular-nums',
  },
  '.nw-mark': { color: 'var(--color-ink-faint)', fontWeight: '400' },
  '.nw-inline-code': {
    fontFamily: 'var(--font-mono)',
    fontSize: '0.88em',
    backgroundColor: 'var(--color-sunken)',
    borderRadius: '4px',
    padding: '0.1em 0.3em',
  },
  '.nw-link': { color: 'var(--color-accent)', textDecoration: 'underline', textUnderlineOffset: '0.18em', textDecorationThickness: '1px' },
  '.nw-rule': { color: 'var(--color-ink-faint)' },
  '.nw-task': { display: 'inline-block', width: '1.5em', textIndent: '0', textAlign: 'center' },
  '@media (pointer: coarse)': { '.nw-task': { paddingBlock: '0.5em', marginBlock: '-0.5em' } },
  '.nw-task input': {
    width: '1em',
    height: '1em',
    margin: '0',
    verticalAlign: '-0.1em',
    accentColor: 'var(--color-accent)',
    cursor: 'pointer',
  },
  '.nw-done': { color: 'var(--color-ink-faint)', textDecoration: 'line-through' },
})

const highlight = HighlightStyle.define([
  { tag: tags.strong, fontWeight: '650' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: tags.heading, color: 'var(--color-ink)' },
  { tag: [tags.processingInstruction, tags.contentSeparator, tags.escape], color: 'var(--color-ink-faint)' },
  { tag: tags.labelName, color: 'var(--color-ink-soft)' },
])

export const appearance = [theme, syntaxHighlighting(highlight)]

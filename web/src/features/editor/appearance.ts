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
  '.cm-tooltip': {
    border: '1px solid var(--color-line)',
    borderRadius: '0.5rem',
    backgroundColor: 'var(--color-raised)',
    color: 'var(--color-ink)',
    boxShadow: '0 4px 16px rgb(0 0 0 / 0.14)',
    fontFamily: 'var(--font-sans)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-sans)', fontSize: '0.875rem', maxHeight: '17rem', padding: '0.25rem', minWidth: '14rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.375rem 0.625rem', borderRadius: '0.375rem', lineHeight: '1.25rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--color-selected)', color: 'var(--color-ink)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.link-card': { maxWidth: 'min(26rem, 80vw)' },
  '.link-card a': {
    display: 'block',
    overflow: 'hidden',
    padding: '0.5rem 0.75rem',
    color: 'var(--color-accent)',
    fontSize: '0.875rem',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  '.selection-bar': { display: 'flex', padding: '0.125rem' },
  '.selection-bar button': {
    minWidth: '2rem',
    height: '2rem',
    padding: '0 0.5rem',
    border: '0',
    borderRadius: '0.375rem',
    background: 'none',
    color: 'inherit',
    font: '0.875rem var(--font-sans)',
    cursor: 'pointer',
  },
  '.selection-bar button:hover': { backgroundColor: 'var(--color-hover)' },
  '.format-0': { fontWeight: '700 !important' },
  '.format-1': { fontStyle: 'italic !important' },
  '.format-2': { textDecoration: 'line-through' },
  '.format-3': { fontFamily: 'var(--font-mono) !important' },
  // What finds in the text selects too.
  '&:not(:focus-within) .selection-bar': { display: 'none' },
  'td:has(.cell-editor), th:has(.cell-editor)': { outline: '2px solid var(--color-accent)', outlineOffset: '-2px', borderRadius: '0.25rem' },
  '.table-menu': { position: 'absolute', insetBlockStart: '-0.75rem', insetInlineEnd: '0', zIndex: '5', font: '0.875rem var(--font-sans)' },
  '.table-menu button': { display: 'block', border: '0', borderRadius: '0.375rem', padding: '0.25rem 0.625rem', background: 'none', color: 'inherit', font: 'inherit', textAlign: 'start', cursor: 'pointer' },
  '.table-menu > button': { marginInlineStart: 'auto', border: '1px solid var(--color-line)', padding: '0 0.5rem', backgroundColor: 'var(--color-raised)' },
  '.table-menu [role=menu]': {
    minWidth: '12rem',
    marginBlockStart: '0.25rem',
    border: '1px solid var(--color-line)',
    borderRadius: '0.5rem',
    padding: '0.25rem',
    backgroundColor: 'var(--color-raised)',
    boxShadow: '0 4px 16px rgb(0 0 0 / 0.14)',
  },
  '.table-menu [role=menu][hidden]': { display: 'none' },
  '.table-menu [role=group] + [role=group]': { marginBlockStart: '0.25rem', borderBlockStart: '1px solid var(--color-line)', paddingBlockStart: '0.25rem' },
  '.table-menu [role=menuitem]': { width: '100%' },
  // For a finger, whose bar of formats is at the edge of the screen.
  '@media (pointer: coarse)': { '.table-menu button': { padding: '0.625rem 0.875rem' }, '.selection-bar': { display: 'none' } },
  '.table-menu [role=menuitem]:is(:hover, :focus)': { backgroundColor: 'var(--color-selected)', outline: 'none' },
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

export const appearance = [theme, syntaxHighlighting(highlight), syntaxHighlighting(classHighlighter)]

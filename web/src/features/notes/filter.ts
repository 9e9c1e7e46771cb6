import type { NoteSummary } from './note'

/** Without case and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Tells of texts whether all words are in them; null when there is no word. */
export function wordsFilter(words: string): ((...texts: readonly string[]) => boolean) | null {
  const wanted = folded(words).split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return null
  return (...texts) => {
    const all = folded(texts.join('\n'))
    return wanted.every((word) => all.includes(word))
  }
}

/** Of notes: in the title or in how the text begins. */
export function noteFilter(words: string): ((note: Pick<NoteSummary, 'title' | 'snippet'> | undefined) => boolean) | null {
  const matches = wordsFilter(words)
  return matches && ((note) => note !== undefined && matches(note.title, note.snippet))
}

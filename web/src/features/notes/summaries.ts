import { shallowReactive } from 'vue'
import type { NoteSummary } from './note'

/** What is known of each note beside its text, once for all lists and panes. */
export interface Summaries {
  all: () => Iterable<NoteSummary>
  get: (noteId: string) => NoteSummary | undefined
  /** Takes what the server said; an older answer that comes late changes nothing. */
  put: (note: NoteSummary) => void
  drop: (noteId: string) => void
}

export function createSummaries(): Summaries {
  const notes = shallowReactive(new Map<string, NoteSummary>())

  return {
    all: () => notes.values(),
    get: (noteId) => notes.get(noteId),
    put(note) {
      const known = notes.get(note.id)
      if (known && known.version > note.version) return
      // A list names the first readers alone.
      const fewer = known?.version === note.version && known.sharedWithCount === note.sharedWithCount && note.sharedWith.length < known.sharedWith.length
      notes.set(note.id, fewer ? { ...note, sharedWith: known.sharedWith } : note)
    },
    drop: (noteId) => void notes.delete(noteId),
  }
}

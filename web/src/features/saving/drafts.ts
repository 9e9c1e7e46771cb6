import { uuidv7 } from 'uuidv7'
import type { Database } from '@/storage/database'
import { sameTexts, type Texts } from '@/features/notes/note'
import type { Base, Draft } from './draft'

export interface Write {
  readonly noteId: string
  readonly personId: string
  readonly texts: Texts
  /** What the text grew from, where no draft is kept yet. */
  readonly base: Base | null
  /** The revision that this window saw last; null when it saw none. */
  readonly seen: string | null
}

/** The texts that the server does not have yet, shared by all windows of the browser. */
export interface Drafts {
  all: () => Promise<Draft[]>
  read: (noteId: string) => Promise<Draft | null>
  /** Keeps new text. Text that another window wrote meanwhile becomes the rival. */
  write: (write: Write) => Promise<Draft>
  /** Changes what is known about a draft in one step; null removes it. Answers what is there now. */
  amend: (noteId: string, change: (draft: Draft) => Draft | null) => Promise<Draft | null>
  remove: (noteId: string) => Promise<void>
}

export function createDrafts(database: Promise<Database>): Drafts {
  return {
    async all() {
      return (await database).getAll('drafts')
    },
    async read(noteId) {
      return (await (await database).get('drafts', noteId)) ?? null
    },
    async write({ noteId, personId, texts, base, seen }) {
      const transaction = (await database).transaction('drafts', 'readwrite')
      const kept = await transaction.store.get(noteId)
      const overtaken = kept !== undefined && kept.revision !== seen && !sameTexts(kept, texts)
      const draft: Draft = {
        noteId,
        personId: kept?.personId ?? personId,
        title: texts.title,
        content: texts.content,
        base: kept ? kept.base : base,
        sent: kept?.sent ?? null,
        revision: uuidv7(),
        changedAt: Date.now(),
        rival: overtaken
          ? { title: kept.title, content: kept.content, version: kept.base?.version ?? 0n, from: 'window' }
          : (kept?.rival ?? null),
      }
      await transaction.store.put(draft)
      await transaction.done
      return draft
    },
    async amend(noteId, change) {
      const transaction = (await database).transaction('drafts', 'readwrite')
      const kept = await transaction.store.get(noteId)
      const next = kept ? change(kept) : null
      if (next) await transaction.store.put(next)
      else if (kept) await transaction.store.delete(noteId)
      await transaction.done
      return next
    },
    async remove(noteId) {
      await (await database).delete('drafts', noteId)
    },
  }
}

import type { Note } from '@/features/notes/note'
import type { Database, KeptList } from './database'
import { orNothing } from './or-nothing'

const MOST_NOTES = 300

/** Copies of what the server said, to show them before it says so again. Failing storage only makes the app slower. */
export interface KeptNotes {
  note: (id: string) => Promise<Note | null>
  keepNote: (note: Note) => Promise<void>
  forgetNote: (id: string) => Promise<void>
  list: (key: string) => Promise<KeptList | null>
  keepList: (list: KeptList) => Promise<void>
}

export function createKeptNotes(database: Promise<Database>): KeptNotes {
  return {
    note: (id) => orNothing(async () => (await (await database).get('notes', id))?.note ?? null),
    keepNote: async (note) => {
      await orNothing(async () => {
        const transaction = (await database).transaction('notes', 'readwrite')
        await transaction.store.put({ id: note.id, note, usedAt: Date.now() })
        if ((await transaction.store.count()) > MOST_NOTES) await (await transaction.store.index('usedAt').openCursor())?.delete()
        await transaction.done
      })
    },
    forgetNote: async (id) => {
      await orNothing(async () => (await database).delete('notes', id))
    },
    list: (key) => orNothing(async () => (await (await database).get('lists', key)) ?? null),
    keepList: async (list) => {
      await orNothing(async () => (await database).put('lists', list))
    },
  }
}

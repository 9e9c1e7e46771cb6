import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Removal } from '@/features/deleting/removal'
import type { KeptGround, KeptText } from '@/features/document/draft-store'
import type { Note, NoteSummary } from '@/features/notes/note'

/** What this device keeps for one person. */
interface Schema extends DBSchema {
  /** Text that the server does not have yet. */
  drafts: { key: string; value: KeptText }
  /** What it stands on. */
  grounds: { key: string; value: KeptGround }
  /** Notes to be deleted or brought back. */
  removals: { key: string; value: Removal }
  /** Notes that were open here, to show them at once and without the server. */
  notes: { key: string; value: KeptNote; indexes: { usedAt: number } }
  /** Lists as they were last seen. */
  lists: { key: string; value: KeptList }
}

export interface KeptNote {
  readonly id: string
  readonly note: Note
  /** Milliseconds since 1970. */
  readonly usedAt: number
}

export interface KeptList {
  readonly key: string
  readonly items: readonly NoteSummary[]
  readonly total: number
}

export type Database = IDBPDatabase<Schema>

/** A database that is slower to open than this is no help. */
const PATIENCE_MS = 3000

/** Rejects where the browser refuses, and when it does not answer. */
export function openDatabase(personId: string): Promise<Database> {
  const opened = openDB<Schema>(`notewire.${personId}`, 1, {
    upgrade(database) {
      database.createObjectStore('drafts', { keyPath: 'noteId' })
      database.createObjectStore('grounds', { keyPath: 'noteId' })
      database.createObjectStore('removals', { keyPath: 'noteId' })
      database.createObjectStore('notes', { keyPath: 'id' }).createIndex('usedAt', 'usedAt')
      database.createObjectStore('lists', { keyPath: 'key' })
    },
    blocking(_current, _next, event) {
      // A newer version of the app waits in another window.
      if (event.target instanceof IDBDatabase) event.target.close()
    },
  })
  const database = Promise.race([opened, tooLate()])
  // Whoever needs it hears of the failure then.
  database.catch(() => undefined)
  return database
}

async function tooLate(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
  throw new Error('the browser does not open its database')
}

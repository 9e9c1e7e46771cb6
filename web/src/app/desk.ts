import { uuidv7 } from 'uuidv7'
import type { InjectionKey } from 'vue'
import type { Clients } from '@/api/clients'
import type { Connection } from '@/features/connection/connection'
import { createDeleting, type Deleting } from '@/features/deleting/deleting'
import { createDocuments, type Documents } from '@/features/document/documents'
import { createDrafts } from '@/features/document/draft-store'
import { adoptEarlier } from '@/features/document/earlier'
import { createLastWords } from '@/features/document/last-words'
import { warnBeforeLoss } from '@/features/document/leaving'
import { createSending } from '@/features/document/sending'
import type { Me } from '@/features/identity/identity'
import { createLists, type Lists } from '@/features/notes/lists'
import { createSummaries, type Summaries } from '@/features/notes/summaries'
import { openDatabase } from '@/storage/database'
import { createKeptNotes, type KeptNotes } from '@/storage/kept-notes'
import { createKeptRemovals } from '@/storage/kept-removals'
import type { TextStorage } from '@/storage/web-storage'
import { createWindows } from './windows'

/** What one person works with in this window; nothing of it is another's. */
export interface Desk {
  readonly me: Me
  readonly documents: Documents
  readonly deleting: Deleting
  readonly summaries: Summaries
  readonly lists: Lists
  readonly kept: KeptNotes
  /** Resolves when what this device has kept for the person is known. */
  readonly ready: Promise<void>
}

export interface Desks {
  /** A person who comes back finds everything as it was left. */
  of: (me: Me) => Desk
}

export const desksKey: InjectionKey<Desks> = Symbol('desks')

export function createDesks(clients: Clients, connection: Connection, storage: TextStorage): Desks {
  const desks = new Map<string, Desk>()

  function created(me: Me): Desk {
    const windows = createWindows(me.id)
    const database = openDatabase(me.id)
    const kept = createKeptNotes(database)
    const drafts = createDrafts(database)
    const removals = createKeptRemovals(database)
    const documents = createDocuments(drafts, createSending(clients, drafts, me.id), windows, createLastWords(storage, me.id, uuidv7()))
    const deleting = createDeleting(clients, removals, documents, windows)
    const summaries = createSummaries()
    const lists = createLists(clients, kept, summaries, documents, deleting, connection, me)

    async function start(): Promise<void> {
      await adoptEarlier(me.id, drafts, removals, storage)
      await Promise.all([documents.start(), deleting.start()])
    }

    connection.onBack(() => {
      documents.retryAll()
      deleting.retryAll()
    })
    warnBeforeLoss(documents)
    return { me, documents, deleting, summaries, lists, kept, ready: start() }
  }

  return {
    of(me) {
      const desk = desks.get(me.id) ?? created(me)
      desks.set(me.id, desk)
      return desk
    },
  }
}

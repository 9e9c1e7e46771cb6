import { type InjectionKey } from 'vue'
import type { Clients } from '@/api/clients'
import { need } from '@/app/need'
import type { Connection } from '@/features/connection/connection'
import type { Deleting } from '@/features/deleting/deleting'
import type { Documents } from '@/features/document/documents'
import type { Me } from '@/features/identity/identity'
import type { KeptNotes } from '@/storage/kept-notes'
import type { ListPlace } from './list-place'
import { createNoteList, type NoteList } from './note-list'
import type { NoteSummary } from './note'
import type { Summaries } from './summaries'

/** The lists that were looked at, kept up with what happens to notes here. */
export interface Lists {
  of: (place: ListPlace) => NoteList
  /** A note as an answer of the server has it. */
  put: (note: NoteSummary) => void
}

export const listsKey: InjectionKey<Lists> = Symbol('lists')

export function createLists(
  clients: Clients,
  kept: KeptNotes,
  summaries: Summaries,
  documents: Documents,
  deleting: Deleting,
  connection: Connection,
  me: Me,
): Lists {
  const lists = new Map<string, NoteList>()

  function put(note: NoteSummary): void {
    summaries.put(note)
    for (const list of lists.values()) if (list.fresh.value) list.put(note)
  }

  documents.onSaved((note) => {
    put(note)
    void kept.keepNote(note)
  })
  deleting.onRestored(put)
  deleting.onRemoved((noteId) => {
    for (const list of lists.values()) list.drop(noteId)
    void kept.forgetNote(noteId)
  })
  connection.onBack(() => {
    for (const list of lists.values()) if (list.problem.value) void list.load()
  })

  return {
    of(place) {
      const key = `${place.scope}/${place.sort}`
      const known = lists.get(key)
      if (known) return known
      const list = createNoteList(clients, kept, summaries, me, place)
      lists.set(key, list)
      return list
    },
    put,
  }
}

export function useLists(): Lists {
  return need(listsKey)
}

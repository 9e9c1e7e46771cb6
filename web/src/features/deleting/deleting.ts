import { Code } from '@connectrpc/connect'
import { shallowReactive, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import type { Clients } from '@/api/clients'
import { problemOf } from '@/api/problem'
import { need } from '@/app/need'
import { createSignal, type Signal } from '@/app/signal'
import type { Windows } from '@/app/windows'
import type { Documents } from '@/features/document/documents'
import { noteOf, titleOf, type Note } from '@/features/notes/note'
import type { KeptRemovals } from '@/storage/kept-removals'
import type { Removal } from './removal'

/** What can still be taken back with one press. */
export interface Undoable {
  readonly noteIds: readonly string[]
  /** Of the first. */
  readonly title: string
}

export interface Deleting {
  /** Notes that no list shows, though the server may not know yet. */
  readonly removals: ReadonlyMap<string, Removal>
  readonly undoable: Readonly<ShallowRef<Undoable | null>>
  start: () => Promise<void>
  /** Moves notes away together; what is done together is undone together. */
  remove: (notes: readonly { readonly id: string; readonly title: string }[], personId: string) => Promise<void>
  undo: () => Promise<void>
  /** The chance to undo goes by. */
  letGo: () => void
  retryAll: () => void
  onRestored: Signal<Note>['on']
  /** Gives the id. */
  onRemoved: Signal<string>['on']
}

export const deletingKey: InjectionKey<Deleting> = Symbol('deleting')

const RETRY_MS = 5000

/** Deletes notes at once in the eyes of the person, on the server as soon as it can be reached. */
export function createDeleting(
  { notes }: Pick<Clients, 'notes'>,
  kept: KeptRemovals,
  documents: Documents,
  windows: Windows,
): Deleting {
  const removals = shallowReactive(new Map<string, Removal>())
  const undoable = shallowRef<Undoable | null>(null)
  const restored = createSignal<Note>()
  const removed = createSignal<string>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  async function keep(removal: Removal): Promise<void> {
    removals.set(removal.noteId, removal)
    await kept.keep(removal)
    windows.tell({ about: 'removal', noteId: removal.noteId })
  }

  async function forget(noteId: string): Promise<void> {
    removals.delete(noteId)
    await kept.forget(noteId)
    windows.tell({ about: 'removal', noteId })
  }

  async function carryOut(noteId: string): Promise<void> {
    clearTimeout(timers.get(noteId))
    const removal = removals.get(noteId)
    if (!removal) return
    try {
      const done = await windows.alone(`remove:${noteId}`, async () => {
        await (removal.wanted === 'deleted' ? takeAway(noteId) : bringBack(noteId))
        return true
      })
      if (done !== true) return
      if (removals.get(noteId)?.wanted === removal.wanted) await forget(noteId)
      else await carryOut(noteId)
    } catch (error) {
      if (problemOf(error).passing) timers.set(noteId, setTimeout(() => void carryOut(noteId), RETRY_MS))
      else await forget(noteId)
    }
  }

  async function want(noteIds: readonly string[], personId: string, wanted: Removal['wanted']): Promise<void> {
    await Promise.all(noteIds.map((noteId) => keep({ noteId, personId, wanted, at: Date.now() })))
    await Promise.all(noteIds.map(carryOut))
  }

  async function takeAway(noteId: string): Promise<void> {
    // What was typed last belongs to what can be taken back.
    if (documents.unsaved.has(noteId)) await documents.flush(noteId)
    try {
      await notes.deleteNote({ id: noteId })
    } catch (error) {
      if (problemOf(error).code !== Code.NotFound) throw error
    }
    removed.emit(noteId)
  }

  async function bringBack(noteId: string): Promise<void> {
    try {
      const note = noteOf(await notes.undeleteNote({ id: noteId }))
      restored.emit(note)
    } catch (error) {
      // It never reached the server, so its draft is all there is.
      if (problemOf(error).code !== Code.NotFound || !documents.unsaved.has(noteId)) throw error
    }
  }

  windows.onNews((news) => {
    if (news.about === 'removal') void adopt(news.noteId)
  })

  async function adopt(noteId: string): Promise<void> {
    const removal = await kept.removal(noteId)
    if (removal) removals.set(noteId, removal)
    else if (removals.get(noteId)?.wanted === 'deleted') {
      removals.delete(noteId)
      removed.emit(noteId)
    } else removals.delete(noteId)
  }

  /** A draft that could not be saved before its note went has nobody left to ask. */
  function letGo(): void {
    const passed = undoable.value
    undoable.value = null
    for (const noteId of passed?.noteIds ?? []) {
      if (!removals.has(noteId) && documents.unsaved.has(noteId)) void documents.discard(noteId)
    }
  }

  return {
    removals,
    undoable,
    async start() {
      for (const removal of await kept.all()) {
        removals.set(removal.noteId, removal)
        void carryOut(removal.noteId)
      }
    },
    async remove(all, personId) {
      letGo()
      const [first] = all
      if (!first) return
      undoable.value = { noteIds: all.map(({ id }) => id), title: titleOf(first) }
      await want(undoable.value.noteIds, personId, 'deleted')
    },
    async undo() {
      const wish = undoable.value
      undoable.value = null
      if (!wish) return
      const [first = ''] = wish.noteIds
      await want(wish.noteIds, removals.get(first)?.personId ?? '', 'present')
    },
    letGo,
    retryAll() {
      for (const noteId of removals.keys()) void carryOut(noteId)
    },
    onRestored: restored.on,
    onRemoved: removed.on,
  }
}

export function useDeleting(): Deleting {
  return need(deletingKey)
}

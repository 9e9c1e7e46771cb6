import { Code } from '@connectrpc/connect'
import { computed, onScopeDispose, watch, type ComputedRef, type InjectionKey } from 'vue'
import { useClients } from '@/api/clients'
import { problemOf } from '@/api/problem'
import { need } from '@/app/need'
import { useConnection } from '@/features/connection/connection'
import { useDeleting } from '@/features/deleting/deleting'
import type { NoteDocument } from '@/features/document/document'
import { useDocuments } from '@/features/document/documents'
import { saveStateOf, type SaveState } from '@/features/document/save-state'
import { useIdentity } from '@/features/identity/identity'
import type { KeptNotes } from '@/storage/kept-notes'
import { useLists } from './lists'
import { noteOf, type Note, type NoteSummary } from './note'
import type { Summaries } from './summaries'

/** The note that the address names. */
export interface OpenNote {
  readonly id: ComputedRef<string>
  readonly document: ComputedRef<NoteDocument>
  /** As the server has it; null before it answered, and for a note that it does not know yet. */
  readonly note: ComputedRef<NoteSummary | null>
  readonly state: ComputedRef<SaveState>
  readonly mine: ComputedRef<boolean>
  /** Asks the server again. */
  refresh: () => Promise<void>
  /** Takes an answer of the server that names this note. */
  take: (note: Note) => void
}

export const keptNotesKey: InjectionKey<KeptNotes> = Symbol('kept notes')
export const summariesKey: InjectionKey<Summaries> = Symbol('summaries')

const REFRESH_MS = 20_000

/** `isNew` tells that nobody has to be asked for the note. */
export function useOpenNote(noteId: () => string, isNew: () => boolean): OpenNote {
  const { notes } = useClients()
  const documents = useDocuments()
  const lists = useLists()
  const connection = useConnection()
  const deleting = useDeleting()
  const kept = need(keptNotesKey)
  const summaries = need(summariesKey)
  const { me } = useIdentity()

  const id = computed(noteId)
  const document = computed(() => documents.of(id.value))
  const note = computed(() => summaries.get(id.value) ?? null)

  function show(answer: Note): void {
    const one = documents.of(answer.id)
    one.problem.value = null
    if (one.begun) one.status.value = 'ready'
    documents.hear(answer)
  }

  function take(answer: Note): void {
    if (answer.id !== id.value) return
    show(answer)
    lists.put(answer)
    void kept.keepNote(answer)
  }

  async function open(wanted: NoteDocument): Promise<void> {
    if (isNew() || (wanted.begun && !wanted.base)) {
      documents.create(wanted.id)
      return
    }
    if (!wanted.begun) wanted.status.value = 'loading'
    const answer = refresh()
    const copy = await kept.note(wanted.id)
    if (copy && wanted.status.value === 'loading') {
      summaries.put(copy)
      show(copy)
    }
    await answer
  }

  async function refresh(): Promise<void> {
    const wanted = document.value
    try {
      const answer = noteOf(await notes.getNote({ id: wanted.id }))
      if (wanted.id === id.value) take(answer)
    } catch (error) {
      const met = problemOf(error)
      if (met.code === Code.NotFound || met.code === Code.InvalidArgument) {
        if (!wanted.begun || wanted.base) wanted.status.value = 'missing'
        void kept.forgetNote(wanted.id)
      } else if (!wanted.begun) {
        wanted.problem.value = met
        wanted.status.value = 'failed'
      }
    }
  }

  watch(document, open, { immediate: true })

  onScopeDispose(deleting.onRestored(take))
  onScopeDispose(
    deleting.onRemoved((noteId) => {
      if (noteId === id.value) document.value.status.value = 'missing'
    }),
  )
  onScopeDispose(
    connection.onBack(() => {
      if (document.value.status.value === 'failed') void open(document.value)
      else if (note.value) void refresh()
    }),
  )

  function lookAgain(): void {
    if (window.document.visibilityState !== 'visible' || !connection.reachable.value) return
    if (note.value && !deleting.removals.has(id.value)) void refresh()
  }
  const timer = setInterval(lookAgain, REFRESH_MS)
  window.document.addEventListener('visibilitychange', lookAgain)
  window.addEventListener('focus', lookAgain)
  onScopeDispose(() => {
    clearInterval(timer)
    window.document.removeEventListener('visibilitychange', lookAgain)
    window.removeEventListener('focus', lookAgain)
  })

  return {
    id,
    document,
    note,
    state: computed(() => saveStateOf(document.value, documents.unsaved.size, connection)),
    mine: computed(() => note.value === null || note.value.owner.id === me.value?.id),
    refresh,
    take,
  }
}

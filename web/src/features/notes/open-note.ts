import { Code } from '@connectrpc/connect'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import { useClients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import { need } from '@/app/need'
import { useConnection } from '@/features/connection/connection'
import { useDeleting } from '@/features/deleting/deleting'
import { useIdentity } from '@/features/identity/identity'
import { saveStateOf, type SaveState } from '@/features/saving/save-state'
import { useSaving } from '@/features/saving/saving'
import type { Draft } from '@/features/saving/draft'
import type { KeptNotes } from '@/storage/kept-notes'
import { noteOf, type Note, type Texts } from './note'

export type OpenStatus = 'loading' | 'ready' | 'missing' | 'failed'

/** The note that the address names, with what is typed into it. */
export interface OpenNote {
  readonly id: ComputedRef<string>
  /** As the server has it; null before it answered, and for a note that it does not know yet. */
  readonly note: Readonly<ShallowRef<Note | null>>
  readonly draft: ComputedRef<Draft | null>
  /** What is shown and written on. */
  readonly texts: ComputedRef<Texts | null>
  readonly status: Readonly<Ref<OpenStatus>>
  readonly problem: Readonly<ShallowRef<Problem | null>>
  readonly state: ComputedRef<SaveState>
  readonly mine: ComputedRef<boolean>
  change: (texts: Partial<Texts>) => void
  /** Asks the server again. */
  refresh: () => Promise<void>
  /** Takes an answer of the server that names this note. */
  take: (note: Note) => void
}

export const keptNotesKey: InjectionKey<KeptNotes> = Symbol('kept notes')

const REFRESH_MS = 20_000

/** `isNew` tells that nobody has to be asked for the note. */
export function useOpenNote(noteId: () => string, isNew: () => boolean): OpenNote {
  const { notes } = useClients()
  const saving = useSaving()
  const connection = useConnection()
  const deleting = useDeleting()
  const kept = need(keptNotesKey)
  const { me } = useIdentity()

  const id = computed(noteId)
  const note = shallowRef<Note | null>(null)
  const status = ref<OpenStatus>('loading')
  const problem = shallowRef<Problem | null>(null)
  const draft = computed(() => saving.drafts.get(id.value) ?? null)
  const texts = computed<Texts | null>(() => draft.value ?? note.value ?? (status.value === 'ready' ? { title: '', content: '' } : null))

  function take(answer: Note): void {
    if (answer.id !== id.value || (note.value && note.value.version > answer.version)) return
    note.value = answer
    status.value = 'ready'
    problem.value = null
    void kept.keepNote(answer)
  }

  async function open(wanted: string): Promise<void> {
    note.value = null
    problem.value = null
    const unknown = isNew() || draft.value?.base === null
    status.value = unknown ? 'ready' : 'loading'
    if (unknown) return
    const answer = refresh()
    const copy = await kept.note(wanted)
    if (copy && wanted === id.value && !isMissing()) take(copy)
    await answer
  }

  const isMissing = (): boolean => status.value === 'missing'

  async function refresh(): Promise<void> {
    const wanted = id.value
    try {
      const answer = noteOf(await notes.getNote({ id: wanted }))
      if (wanted !== id.value) return
      // Text that is being written meets a newer version when it is sent.
      take(answer)
    } catch (error) {
      if (wanted !== id.value) return
      const met = problemOf(error)
      if (met.code === Code.NotFound || met.code === Code.InvalidArgument) {
        if (draft.value?.base !== null) status.value = 'missing'
        void kept.forgetNote(wanted)
      } else if (note.value === null && draft.value === null) {
        problem.value = met
        status.value = 'failed'
      }
    }
  }

  watch(id, open, { immediate: true })

  onScopeDispose(saving.onSaved(take))
  onScopeDispose(deleting.onRestored(take))
  onScopeDispose(
    deleting.onRemoved((noteId) => {
      if (noteId === id.value) status.value = 'missing'
    }),
  )
  onScopeDispose(
    connection.onBack(() => {
      if (status.value === 'failed') void open(id.value)
      else if (note.value) void refresh()
    }),
  )

  function lookAgain(): void {
    if (document.visibilityState !== 'visible' || !connection.reachable.value) return
    if (note.value && !deleting.removals.has(id.value)) void refresh()
  }
  const timer = setInterval(lookAgain, REFRESH_MS)
  document.addEventListener('visibilitychange', lookAgain)
  window.addEventListener('focus', lookAgain)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', lookAgain)
    window.removeEventListener('focus', lookAgain)
  })

  return {
    id,
    note,
    draft,
    texts,
    status,
    problem,
    state: computed(() => saveStateOf(id.value, saving, connection)),
    mine: computed(() => note.value === null || note.value.owner.id === me.value?.id),
    change(changed) {
      const before = texts.value
      if (!before || !me.value) return
      saving.change(id.value, me.value.id, { ...before, ...changed }, note.value)
    },
    refresh,
    take,
  }
}

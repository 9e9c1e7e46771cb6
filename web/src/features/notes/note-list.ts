import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue'
import type { Clients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import type { Me } from '@/features/identity/identity'
import { NoteView, type ListNotesResponse } from '@/gen/note_pb'
import type { KeptNotes } from '@/storage/kept-notes'
import { SCOPE_VALUES, SORT_ORDERS, type ListPlace } from './list-place'
import { belongs, placed } from './listed'
import { summaryOf, type NoteSummary } from './note'
import type { Summaries } from './summaries'

/** One list of a person's notes, loaded page by page. */
export interface NoteList {
  readonly place: ListPlace
  /** In the order of the place. */
  readonly ids: Readonly<Ref<readonly string[]>>
  readonly total: Readonly<Ref<number>>
  readonly totalIsMinimum: Readonly<Ref<boolean>>
  /** Nothing was shown yet. */
  readonly empty: ComputedRef<boolean>
  readonly loading: Readonly<Ref<boolean>>
  /** The server has said how the list begins. */
  readonly fresh: Readonly<Ref<boolean>>
  readonly complete: ComputedRef<boolean>
  readonly problem: Readonly<Ref<Problem | null>>
  /** Shows what the device has kept, then what the server says, as far as it was loaded before. */
  load: () => Promise<void>
  more: () => Promise<void>
  /** A note changed or came. */
  put: (note: NoteSummary) => void
  drop: (noteId: string) => void
}

const PAGE = 100
const MOST_KEPT = 1000

export function createNoteList({ notes }: Pick<Clients, 'notes'>, kept: KeptNotes, summaries: Summaries, me: Me, place: ListPlace): NoteList {
  const key = `${place.scope}/${place.sort}`
  const ids = shallowRef<readonly string[]>([])
  const total = ref(0)
  const totalIsMinimum = ref(false)
  const loading = ref(false)
  const fresh = ref(false)
  const next = ref('')
  const problem = shallowRef<Problem | null>(null)
  let running: Promise<void> | null = null

  function page(pageToken: string): Promise<ListNotesResponse> {
    return notes.listNotesByUser({
      userId: me.id,
      pageSize: PAGE,
      pageToken,
      view: NoteView.BASIC,
      scope: SCOPE_VALUES[place.scope],
      orderBy: SORT_ORDERS[place.sort],
    })
  }

  function taken({ notes: answered }: ListNotesResponse): string[] {
    for (const note of answered) summaries.put(summaryOf(note))
    return answered.map(({ id }) => id)
  }

  function listed(): NoteSummary[] {
    return ids.value.flatMap((id) => summaries.get(id) ?? [])
  }

  /** All at once, so that the list never looks shorter than it is. */
  function show(loaded: readonly string[], last: ListNotesResponse): void {
    ids.value = loaded
    next.value = last.nextPageToken
    total.value = last.total
    totalIsMinimum.value = last.totalIsMinimum
    fresh.value = true
  }

  /** One at a time: a second wish waits for the first and is then fulfilled already. */
  function alone(action: () => Promise<void>): Promise<void> {
    running ??= (async () => {
      loading.value = true
      try {
        await action()
        problem.value = null
      } catch (error) {
        problem.value = problemOf(error)
      } finally {
        loading.value = false
        running = null
      }
    })()
    return running
  }

  function keep(): void {
    void kept.keepList({ key, items: listed().slice(0, MOST_KEPT), total: total.value })
  }

  async function showKept(): Promise<void> {
    const list = await kept.list(key)
    if (!list || ids.value.length > 0) return
    for (const item of list.items) summaries.put(item)
    ids.value = list.items.map(({ id }) => id)
    total.value = list.total
  }

  function drop(noteId: string): void {
    const rest = ids.value.filter((id) => id !== noteId)
    if (rest.length === ids.value.length) return
    ids.value = rest
    total.value--
    keep()
  }

  return {
    place,
    ids,
    total,
    totalIsMinimum,
    empty: computed(() => ids.value.length === 0),
    loading,
    fresh,
    complete: computed(() => fresh.value && next.value === ''),
    problem,
    load: () =>
      alone(async () => {
        const far = ids.value.length
        const first = page('')
        if (far === 0 && !fresh.value) await Promise.race([showKept(), first.catch(() => undefined)])
        let last = await first
        const loaded = taken(last)
        const wanted = Math.min(Math.max(far, ids.value.length), MOST_KEPT)
        while (last.nextPageToken !== '' && loaded.length < wanted) {
          last = await page(last.nextPageToken)
          loaded.push(...taken(last))
        }
        show(loaded, last)
        keep()
      }),
    more: () =>
      alone(async () => {
        if (next.value === '') return
        const answer = await page(next.value)
        const known = new Set(ids.value)
        const added = taken(answer).filter((id) => !known.has(id))
        const before = ids.value.length
        show([...ids.value, ...added], answer)
        if (before < MOST_KEPT) keep()
      }),
    put(note) {
      const before = ids.value.includes(note.id)
      if (!belongs(note, me, place)) {
        if (before) drop(note.id)
        return
      }
      ids.value = placed(listed(), note, place.sort, next.value === '').map(({ id }) => id)
      if (!before) total.value++
      keep()
    },
    drop,
  }
}

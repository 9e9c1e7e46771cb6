import type { Windows } from '@/app/windows'
import type { Note } from '@/features/notes/note'
import { IDLE, type NoteDocument } from './document'
import type { Outcome } from './sending'

/** Brings a draft to the server, and into the draft what the server has besides. One window at a time does so for a note. */
export type Deliver = (noteId: string) => Promise<Outcome>

/** When drafts are delivered. */
export interface Delivering {
  /** Something was written. */
  soon: (document: NoteDocument) => void
  /** Another window delivers it, unless it goes before. */
  later: (document: NoteDocument) => void
  /** Resolves when an attempt has ended. */
  now: (document: NoteDocument) => Promise<void>
  stop: (document: NoteDocument) => void
}

export interface Times {
  /** From the last key to sending. */
  readonly pauseMs: number
  /** From the first unsent key to sending, while typing goes on. */
  readonly longestMs: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
}

export const TIMES: Times = { pauseMs: 700, longestMs: 3000, firstRetryMs: 1000, longestRetryMs: 20_000 }

export function createDelivering(
  deliver: Deliver,
  windows: Windows,
  /** Brings document and draft together, before an attempt and after it. */
  keep: (document: NoteDocument) => Promise<void>,
  saved: (note: Note) => void,
  times: Times,
): Delivering {
  const attempting = new Map<string, Promise<void>>()
  const timers = new Map<string, { timer: ReturnType<typeof setTimeout>; since: number }>()

  function schedule(document: NoteDocument, delay: number): void {
    const waiting = timers.get(document.id)
    clearTimeout(waiting?.timer)
    const timer = setTimeout(() => void now(document), Math.max(0, delay))
    timers.set(document.id, { timer, since: waiting?.since ?? Date.now() })
  }

  function stop({ id }: NoteDocument): void {
    clearTimeout(timers.get(id)?.timer)
    timers.delete(id)
  }

  /** A second wish is a second attempt after the first. */
  function now(document: NoteDocument): Promise<void> {
    const next = (attempting.get(document.id) ?? Promise.resolve()).then(() => attempt(document))
    attempting.set(document.id, next)
    return next.finally(() => {
      if (attempting.get(document.id) === next) attempting.delete(document.id)
    })
  }

  async function attempt(document: NoteDocument): Promise<void> {
    const { id, attempt: state } = document
    stop(document)
    await keep(document)
    const { failures, problem } = state.value
    const outcome = await windows.alone(`send:${id}`, () => {
      state.value = { phase: failures ? 'retrying' : 'sending', failures, problem }
      return deliver(id)
    })
    if (!outcome) {
      schedule(document, times.firstRetryMs)
      return
    }
    if (outcome.kind === 'failed' && outcome.problem.passing) {
      state.value = { phase: 'retrying', failures: failures + 1, problem: outcome.problem }
      schedule(document, Math.min(times.longestRetryMs, times.firstRetryMs * 2 ** failures) * (0.75 + Math.random() / 2))
    } else if (outcome.kind === 'failed') state.value = { phase: 'refused', failures: 0, problem: outcome.problem }
    else state.value = outcome.kind === 'gone' ? { ...IDLE, phase: 'gone' } : IDLE
    await keep(document)
    if (outcome.kind === 'saved') {
      windows.tell({ about: 'saved', note: outcome.note })
      saved(outcome.note)
      if (document.unsaved.value) soon(document)
    } else if (outcome.kind !== 'idle') windows.tell({ about: 'draft', noteId: id })
  }

  function soon(document: NoteDocument): void {
    const { phase } = document.attempt.value
    if (phase === 'gone' || phase === 'retrying' || document.dispute.value) return
    const since = timers.get(document.id)?.since ?? Date.now()
    schedule(document, Math.min(times.pauseMs, since + times.longestMs - Date.now()))
  }

  return {
    soon,
    later(document) {
      if (document.unsaved.value && !document.dispute.value && !timers.has(document.id)) schedule(document, times.longestMs + times.firstRetryMs)
    },
    now,
    stop,
  }
}

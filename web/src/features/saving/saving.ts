import { shallowReactive, type InjectionKey } from 'vue'
import { need } from '@/app/need'
import { createSignal, type Signal } from '@/app/signal'
import type { Problem } from '@/api/problem'
import { sameTexts, type Note, type Texts } from '@/features/notes/note'
import type { Draft } from './draft'
import type { Drafts, Write } from './drafts'
import type { LastWords } from './last-words'
import { baseOf, type Outcome } from './sending'
import type { Windows } from './windows'

/** How it goes with sending a draft. */
export interface Attempt {
  readonly phase: 'waiting' | 'sending' | 'retrying' | 'refused' | 'gone'
  readonly failures: number
  readonly problem: Problem | null
}

export interface Saving {
  /** Everything that the server does not have yet, by note. */
  readonly drafts: ReadonlyMap<string, Draft>
  readonly attempts: ReadonlyMap<string, Attempt>
  /** Notes whose text this browser could not even keep: they live in this window alone. */
  readonly unkept: ReadonlySet<string>
  /** Takes the kept drafts up again; call once. */
  start: () => Promise<void>
  /** New text of a note. `known` is the server's note, null when it has none. */
  change: (noteId: string, personId: string, texts: Texts, known: Note | null) => void
  /** Puts what the database does not have yet where it is safe at once, because the window may be about to go. */
  leave: () => void
  /** Resolves when what was typed is kept and an attempt to send it has ended. */
  flush: (noteId: string) => Promise<void>
  /** Tries again what was given up, such as text for a note that was gone. */
  retry: (noteId: string) => Promise<void>
  /** Tries at once what waits for its next attempt. */
  retryAll: () => void
  /** Ends a conflict with these texts on top of the rival's version, or a lost note as a new one. */
  resolve: (noteId: string, texts: Texts) => Promise<void>
  /** Gives a draft up. */
  discard: (noteId: string) => Promise<void>
  /** The server answered with a note that was written here or in another window. */
  onSaved: Signal<Note>['on']
}

export const savingKey: InjectionKey<Saving> = Symbol('saving')

export interface SavingTimes {
  /** From the last key to sending. */
  readonly pauseMs: number
  /** From the first unsent key to sending, while typing goes on. */
  readonly longestMs: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
}

const TIMES: SavingTimes = { pauseMs: 700, longestMs: 3000, firstRetryMs: 1000, longestRetryMs: 20_000 }
/** Beyond so many characters the text is kept at most nine times a second. */
const LONG_TEXT = 50_000
const LONG_TEXT_PAUSE_MS = 100
const IDLE: Attempt = { phase: 'waiting', failures: 0, problem: null }

export function createSaving(
  drafts: Drafts,
  send: (noteId: string) => Promise<Outcome>,
  windows: Windows,
  lastWords: LastWords,
  times: SavingTimes = TIMES,
): Saving {
  const current = shallowReactive(new Map<string, Draft>())
  const attempts = shallowReactive(new Map<string, Attempt>())
  const unkept = shallowReactive(new Set<string>())
  const saved = createSignal<Note>()
  /** The revision that the shared store had when this window last looked. */
  const seen = new Map<string, string>()
  const writing = new Map<string, Promise<void>>()
  const attempting = new Map<string, Promise<void>>()
  const dirty = new Set<string>()
  const left = new Set<string>()
  const known = new Map<string, Note>()
  const timers = new Map<string, { timer: ReturnType<typeof setTimeout>; since: number }>()

  /** Takes what the store says now, unless this window has newer text. */
  function adopt(noteId: string, draft: Draft | null): void {
    if (draft) seen.set(noteId, draft.revision)
    const mine = current.get(noteId)
    if (dirty.has(noteId) && mine) {
      if (draft) current.set(noteId, { ...draft, title: mine.title, content: mine.content })
    } else if (draft) current.set(noteId, draft)
    else {
      current.delete(noteId)
      attempts.delete(noteId)
      unkept.delete(noteId)
    }
  }

  function writeOf({ noteId, personId, title, content, base }: Draft): Write {
    return { noteId, personId, texts: { title, content }, base, seen: seen.get(noteId) ?? null, writer: lastWords.writer }
  }

  function forgetLeft(noteId: string): void {
    if (left.delete(noteId)) lastWords.forget(noteId)
  }

  function keep(noteId: string): Promise<void> {
    const running = writing.get(noteId)
    if (running) return running
    const work = (async () => {
      while (dirty.has(noteId)) {
        const draft = current.get(noteId)
        if (!draft) break
        dirty.delete(noteId)
        adopt(noteId, await drafts.write(writeOf(draft)))
        if (drafts.isKept(noteId)) unkept.delete(noteId)
        else unkept.add(noteId)
        windows.tell({ about: 'draft', noteId })
        if (draft.content.length > LONG_TEXT && dirty.has(noteId)) await new Promise((go) => setTimeout(go, LONG_TEXT_PAUSE_MS))
      }
    })().finally(() => {
      writing.delete(noteId)
      if (drafts.isKept(noteId)) forgetLeft(noteId)
    })
    writing.set(noteId, work)
    return work
  }

  function schedule(noteId: string, delay: number): void {
    const waiting = timers.get(noteId)
    clearTimeout(waiting?.timer)
    const since = waiting?.since ?? Date.now()
    const timer = setTimeout(() => void attempt(noteId), Math.max(0, delay))
    timers.set(noteId, { timer, since })
  }

  function stopTimer(noteId: string): void {
    clearTimeout(timers.get(noteId)?.timer)
    timers.delete(noteId)
  }

  /** One at a time in this window; a second wish is a second attempt after the first. */
  function attempt(noteId: string): Promise<void> {
    const next = (attempting.get(noteId) ?? Promise.resolve()).then(() => attemptOnce(noteId))
    attempting.set(noteId, next)
    return next.finally(() => {
      if (attempting.get(noteId) === next) attempting.delete(noteId)
    })
  }

  async function attemptOnce(noteId: string): Promise<void> {
    stopTimer(noteId)
    await keep(noteId)
    const failures = attempts.get(noteId)?.failures ?? 0
    const outcome = await windows.alone(`send:${noteId}`, () => {
      attempts.set(noteId, { phase: failures ? 'retrying' : 'sending', failures, problem: attempts.get(noteId)?.problem ?? null })
      return send(noteId)
    })
    if (outcome === null) {
      schedule(noteId, times.firstRetryMs)
      return
    }
    if ('note' in outcome && outcome.note) known.set(noteId, outcome.note)
    adopt(noteId, await drafts.read(noteId))
    conclude(noteId, outcome, failures)
  }

  function conclude(noteId: string, outcome: Outcome, failures: number): void {
    if (outcome.kind === 'saved') {
      attempts.delete(noteId)
      windows.tell({ about: 'saved', note: outcome.note })
      saved.emit(outcome.note)
      if (current.has(noteId)) schedule(noteId, times.pauseMs)
    } else if (outcome.kind === 'gone') {
      attempts.set(noteId, { ...IDLE, phase: 'gone' })
    } else if (outcome.kind === 'failed' && !outcome.problem.passing) {
      attempts.set(noteId, { phase: 'refused', failures: 0, problem: outcome.problem })
    } else if (outcome.kind === 'failed') {
      attempts.set(noteId, { phase: 'retrying', failures: failures + 1, problem: outcome.problem })
      const delay = Math.min(times.longestRetryMs, times.firstRetryMs * 2 ** failures)
      schedule(noteId, delay * (0.75 + Math.random() / 2))
    } else {
      attempts.delete(noteId)
      windows.tell({ about: 'draft', noteId })
    }
  }

  async function refresh(noteId: string): Promise<void> {
    await writing.get(noteId)
    const draft = await drafts.read(noteId)
    // Revisions grow with time: an older one was read before this window wrote.
    if (draft && draft.revision < (seen.get(noteId) ?? '')) return
    adopt(noteId, draft)
    // The window that wrote it may close before it sends.
    if (draft && !draft.rival && !timers.has(noteId)) schedule(noteId, times.longestMs + times.firstRetryMs)
  }

  windows.onNews((news) => {
    if (news.about === 'draft') void refresh(news.noteId)
    else if (news.about === 'saved') {
      known.set(news.note.id, news.note)
      void refresh(news.note.id)
      saved.emit(news.note)
    }
  })

  return {
    drafts: current,
    attempts,
    unkept,
    async start() {
      for (const { write, forget } of lastWords.all()) {
        await drafts.write(write)
        if (drafts.isKept(write.noteId)) forget()
      }
      for (const draft of await drafts.all()) {
        adopt(draft.noteId, draft)
        if (!draft.rival) schedule(draft.noteId, 0)
      }
    },
    change(noteId, personId, texts, server) {
      const before = current.get(noteId)
      if (before ? sameTexts(before, texts) : server && sameTexts(server, texts)) return
      const latest = newest(server, known.get(noteId))
      const fresh = { noteId, personId, base: latest ? baseOf(latest) : null, sent: null, revision: '', changedAt: 0, rival: null }
      current.set(noteId, { ...fresh, ...before, title: texts.title, content: texts.content, changedAt: Date.now() })
      dirty.add(noteId)
      void keep(noteId)
      const phase = attempts.get(noteId)?.phase
      if (phase === 'gone' || current.get(noteId)?.rival) return
      const since = timers.get(noteId)?.since ?? Date.now()
      if (phase !== 'retrying') schedule(noteId, Math.min(times.pauseMs, since + times.longestMs - Date.now()))
    },
    leave() {
      for (const noteId of new Set([...dirty, ...writing.keys()])) {
        const draft = current.get(noteId)
        if (!draft) continue
        left.add(noteId)
        lastWords.leave(writeOf(draft))
      }
    },
    async flush(noteId) {
      await keep(noteId)
      const draft = current.get(noteId)
      if (draft && !draft.rival && attempts.get(noteId)?.phase !== 'gone') await attempt(noteId)
    },
    async retry(noteId) {
      attempts.delete(noteId)
      if (current.has(noteId)) await attempt(noteId)
    },
    retryAll() {
      for (const [noteId, { phase }] of attempts) if (phase === 'retrying') schedule(noteId, Math.random() * 200)
    },
    async resolve(noteId, texts) {
      await writing.get(noteId)
      const next = await drafts.amend(noteId, (kept) => {
        const base = kept.rival?.from === 'server' ? baseOf(kept.rival) : kept.base
        return { ...kept, ...texts, base, sent: null, rival: null, revision: `${kept.revision}+` }
      })
      dirty.delete(noteId)
      attempts.delete(noteId)
      adopt(noteId, next)
      windows.tell({ about: 'draft', noteId })
      await attempt(noteId)
    },
    async discard(noteId) {
      stopTimer(noteId)
      dirty.delete(noteId)
      await writing.get(noteId)
      await drafts.remove(noteId)
      forgetLeft(noteId)
      unkept.delete(noteId)
      adopt(noteId, null)
      windows.tell({ about: 'draft', noteId })
    },
    onSaved: saved.on,
  }
}

export function useSaving(): Saving {
  return need(savingKey)
}

function newest(one: Note | null, other: Note | undefined): Note | null {
  if (!one) return other ?? null
  return other && other.version > one.version ? other : one
}

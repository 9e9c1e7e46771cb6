import { shallowReactive, watch, type InjectionKey } from 'vue'
import { need } from '@/app/need'
import { createSignal, type Signal } from '@/app/signal'
import type { Windows } from '@/app/windows'
import type { Note, Texts } from '@/features/notes/note'
import { createDelivering, TIMES, type Deliver, type Times } from './delivering'
import { IDLE, NoteDocument } from './document'
import { allDecided, isClean, type Draft } from './draft'
import type { Drafts } from './draft-store'
import { createKeeping } from './keeping'
import { textOf } from './merge'
import { spoken, type LastWords } from './last-words'

/** The notes that are open in this window or written on in this browser, each once. */
export interface Documents {
  /** Those that the server does not have as they are. */
  readonly unsaved: ReadonlyMap<string, NoteDocument>
  of: (noteId: string) => NoteDocument
  /** A note that nobody knows yet. */
  create: (noteId: string, texts?: Texts) => NoteDocument
  /** Takes up what is kept on this device; call once. */
  start: () => Promise<void>
  /** A note as an answer of the server has it. */
  hear: (note: Note) => void
  /** Resolves when what was typed is kept and an attempt to send it has ended. */
  flush: (noteId: string) => Promise<void>
  /** Tries again what was given up, such as text for a note that was gone. */
  retry: (noteId: string) => Promise<void>
  /** Tries at once what waits for its next attempt. */
  retryAll: () => void
  /** Puts what is not kept yet where it is safe at once, because the window may be about to go. */
  leave: () => void
  /** What a person chose in a dispute: what was decided is in the text already. */
  decide: (noteId: string, change?: (draft: Draft) => Draft) => Promise<void>
  /** Gives up what was typed. */
  discard: (noteId: string) => Promise<void>
  /** The server answered with a note that was written here or in another window. */
  onSaved: Signal<Note>['on']
}

export const documentsKey: InjectionKey<Documents> = Symbol('documents')

/** So many documents stay open; of more, those that were asked for longest ago and hold nothing unsaved go. */
const MOST_OPEN = 40

export function createDocuments(drafts: Drafts, deliver: Deliver, windows: Windows, lastWords: LastWords, times: Times = TIMES): Documents {
  const open = new Map<string, NoteDocument>()
  const unsaved = shallowReactive(new Map<string, NoteDocument>())
  const left = new Set<string>()
  const saved = createSignal<Note>()
  const keeping = createKeeping(drafts, lastWords.writer, ({ id }) => windows.tell({ about: 'draft', noteId: id }))
  const delivering = createDelivering(deliver, windows, (document) => keeping.hear(document), saved.emit, times)

  function of(noteId: string): NoteDocument {
    const document = open.get(noteId) ?? created(noteId)
    // The one that was asked for last is the last to go.
    open.delete(noteId)
    open.set(noteId, document)
    for (const one of [...open.values()].slice(0, -MOST_OPEN)) if (!one.shown && !one.unsaved.value && !keeping.isPending(one)) open.delete(one.id)
    return document
  }

  function created(noteId: string): NoteDocument {
    const document = new NoteDocument(noteId)
    watch(
      document.unsaved,
      (is) => {
        if (is) unsaved.set(noteId, document)
        else unsaved.delete(noteId)
      },
      { flush: 'sync' },
    )
    document.written.on(() => {
      void keeping.keep(document).then(() => {
        if (left.delete(noteId) && drafts.isKept(noteId)) lastWords.forget(noteId)
      })
      delivering.soon(document)
    })
    return document
  }

  async function refresh(noteId: string): Promise<void> {
    const known = open.get(noteId)
    if (known) await keeping.hear(known)
    else {
      const draft = await drafts.read(noteId)
      if (draft && !isClean(draft)) await keeping.hear(of(noteId))
    }
    const document = open.get(noteId)
    if (document) delivering.later(document)
  }

  windows.onNews((news) => {
    if (news.about === 'draft') void refresh(news.noteId)
    else if (news.about === 'discard') {
      const document = open.get(news.noteId)
      // What is being written on goes on.
      if (document && !document.changed) document.revert()
    }
    else if (news.about === 'saved') {
      hear(news.note)
      saved.emit(news.note)
    }
  })

  function hear(note: Note): void {
    const document = open.get(note.id)
    if (document) void keeping.hear(document, note)
  }

  async function flush(noteId: string): Promise<void> {
    const document = open.get(noteId)
    if (!document?.begun) return
    await keeping.keep(document)
    if (document.unsaved.value && !document.dispute.value && document.attempt.value.phase !== 'gone') await delivering.now(document)
  }

  return {
    unsaved,
    of,
    create(noteId, texts) {
      const document = of(noteId)
      if (!document.begun) document.begin({ title: '', content: '', base: null, revision: '' })
      if (texts) {
        document.rename(texts.title)
        document.dispatch({ changes: { from: 0, insert: textOf(texts.content) } })
      }
      return document
    },
    async start() {
      for (const { words, forget } of lastWords.all()) {
        await drafts.update(words.noteId, (kept) => spoken(kept, words))
        if (drafts.isKept(words.noteId)) forget()
      }
      for (const { noteId } of await drafts.all()) {
        const document = of(noteId)
        await keeping.hear(document)
        if (!document.dispute.value) void delivering.now(document)
      }
    },
    hear,
    flush,
    async retry(noteId) {
      of(noteId).attempt.value = IDLE
      await flush(noteId)
    },
    retryAll() {
      for (const document of open.values()) if (document.attempt.value.phase === 'retrying') setTimeout(() => void delivering.now(document), Math.random() * 200)
    },
    leave() {
      for (const document of open.values()) {
        if (!keeping.isPending(document)) continue
        left.add(document.id)
        lastWords.leave(document)
      }
    },
    async decide(noteId, change = allDecided) {
      const document = of(noteId)
      await keeping.keep(document)
      await drafts.update(noteId, (kept) => kept && change(kept))
      await keeping.hear(document)
      windows.tell({ about: 'draft', noteId })
      if (!document.dispute.value) await delivering.now(document)
    },
    async discard(noteId) {
      const document = open.get(noteId)
      if (document) {
        delivering.stop(document)
        await keeping.keep(document)
        open.delete(noteId)
        document.unsaved.value = false
      }
      await drafts.update(noteId, () => null)
      lastWords.forget(noteId)
      windows.tell({ about: 'discard', noteId })
    },
    onSaved: saved.on,
  }
}

export function useDocuments(): Documents {
  return need(documentsKey)
}

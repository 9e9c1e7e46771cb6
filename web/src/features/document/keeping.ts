import { ChangeSet } from '@codemirror/state'
import { uuidv7 } from 'uuidv7'
import { cleanDraft, isClean, rebased, type Base, type Draft } from './draft'
import type { Drafts } from './draft-store'
import type { NoteDocument } from './document'
import { changesBetween } from './merge'

/** Brings a document and the draft that all windows of the browser share together. */
export interface Keeping {
  /** Resolves when what was written is kept and what others wrote is in the text. */
  keep: (document: NoteDocument) => Promise<void>
  /** The draft has changed, or the server's text has. */
  hear: (document: NoteDocument, server?: Base) => Promise<void>
  /** Something of it may not be kept yet. */
  isPending: (document: NoteDocument) => boolean
}

/** A text of so many characters is kept less often: each time costs as much as it is long. */
const LONG_TEXT = 50_000
const LONG_TEXT_PAUSE_MS = 100
/** While letters are being composed nothing may change around them. */
const COMPOSING_PAUSE_MS = 100

export function createKeeping(drafts: Drafts, writer: string, told: (document: NoteDocument) => void): Keeping {
  const running = new Map<string, Promise<void>>()
  const stale = new Set<string>()
  /** The server's newest text that the draft may not know. */
  const heard = new Map<string, Base>()

  function keep(document: NoteDocument): Promise<void> {
    const known = running.get(document.id)
    if (known) return known
    const work = untilKept(document)
    running.set(document.id, work)
    return work
  }

  async function untilKept(document: NoteDocument): Promise<void> {
    const { id } = document
    do {
      stale.delete(id)
      if (!document.begun) await begin(document)
      else if (!(await exchange(document))) {
        stale.add(id)
        await pause(COMPOSING_PAUSE_MS)
      } else if (document.changed && document.state.value.doc.length > LONG_TEXT) await pause(LONG_TEXT_PAUSE_MS)
    } while (stale.has(id) || (document.begun && document.changed))
    running.delete(id)
  }

  async function begin(document: NoteDocument): Promise<void> {
    const { id } = document
    const server = heard.get(id)
    const kept = await drafts.update(id, (draft) => (draft && server ? rebased(draft, server) : draft))
    const draft = kept ?? (server ? cleanDraft(id, server) : null)
    if (!draft || document.begun) return
    heard.delete(id)
    document.begin(draft, draft.writes[writer])
    document.unsaved.value = !isClean(draft)
  }

  /** What was written goes into the draft, what the draft has besides comes into the text. False when that has to wait. */
  async function exchange(document: NoteDocument): Promise<boolean> {
    const { id } = document
    const server = heard.get(id)
    const written = document.hand()
    let changes = ChangeSet.empty(written.text.length)
    let next: Draft | null = null
    const stored = await drafts.update(id, (kept) => {
      const ground = kept ?? presumed(document, writer)
      const draft = server ? rebased(ground, server) : ground
      const writes = draft.writes[writer] ?? 0
      // Another window took this one for closed and put its last words into the draft.
      const spoken = writes > document.writes ? document.left : null
      const { title, text } = spoken ?? document.merged
      const typed = spoken ? changesBetween(text, written.content) : written.changes
      changes = draft.revision === document.revision ? ChangeSet.empty(written.text.length) : changesBetween(text, draft.content).map(typed)
      next = null
      if (document.composing && !(changes.empty && draft.title === title)) return kept
      next = !written.changed
        ? draft
        : {
            ...draft,
            title: written.title === title ? draft.title : written.title,
            content: changes.empty ? written.content : changes.apply(written.text).toString(),
            revision: uuidv7(),
            writes: { ...draft.writes, [writer]: Math.max(writes, document.writes) + 1 },
            changedAt: Date.now(),
          }
      return kept || written.changed || (next.base && !isClean(next)) ? next : null
    })
    const taken = next as Draft | null
    if (!taken) {
      document.giveBack(written)
      return false
    }
    if (heard.get(id) === server) heard.delete(id)
    document.take(written, changes, taken)
    document.writes = taken.writes[writer] ?? document.writes
    document.unsaved.value = document.changed || (stored !== null && !isClean(stored))
    document.kept.value = drafts.isKept(id)
    if (written.changed) told(document)
    if (written.changed && taken.rival) {
      // Perhaps what was written has ended the dispute.
      heard.set(id, taken.rival)
      stale.add(id)
    }
    return true
  }

  return {
    keep,
    hear(document, server) {
      const known = heard.get(document.id)
      if (server && !(known && known.version > server.version)) heard.set(document.id, server)
      stale.add(document.id)
      return keep(document)
    },
    isPending: (document) => running.has(document.id) || (document.begun && document.changed),
  }
}

/** The draft as this window saw it last, where it is not kept: the server had it all, or the browser keeps nothing. */
function presumed({ id, merged, base, revision, dispute, writes }: NoteDocument, writer: string): Draft {
  const rival = dispute.value?.rival ?? null
  return { noteId: id, title: merged.title, content: merged.text.toString(), base, sent: null, rival, revision, writes: { [writer]: writes }, changedAt: Date.now() }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((go) => setTimeout(go, milliseconds))
}

import { uuidv7 } from 'uuidv7'
import { sameTexts, type Texts } from '@/features/notes/note'
import type { Base, Draft } from './draft'
import type { DraftStore } from './draft-store'

export interface Write {
  readonly noteId: string
  readonly personId: string
  readonly texts: Texts
  /** What the text grew from, where this browser does not know better. */
  readonly base: Base | null
  /** The revision that this window saw last; null when it saw none. */
  readonly seen: string | null
  /** The window that writes. */
  readonly writer: string
}

/** A draft as it is stored. Once settled it tells only which version the revision became. */
export interface DraftRecord extends Draft {
  readonly settled: boolean
  /** The window that wrote the text. */
  readonly writer: string
}

/** The texts that the server does not have yet, shared by all windows of the browser. */
export interface Drafts {
  all: () => Promise<Draft[]>
  read: (noteId: string) => Promise<Draft | null>
  /** Keeps new text. Text that another window wrote meanwhile becomes the rival. */
  write: (write: Write) => Promise<Draft>
  /** The server has this revision as that version. Answers the draft when more was written since. */
  settle: (noteId: string, revision: string, base: Base) => Promise<Draft | null>
  /** Changes what is known about a draft in one step. */
  amend: (noteId: string, change: (draft: Draft) => Draft) => Promise<Draft | null>
  remove: (noteId: string) => Promise<void>
  /** False when the text lives in this window alone, because the browser's storage fails. */
  isKept: (noteId: string) => boolean
}

const SETTLED_LIFE_MS = 60_000

export function createDrafts(store: DraftStore): Drafts {
  /** What the storage did not take. */
  const memory = new Map<string, DraftRecord>()

  async function update(
    noteId: string,
    change: (kept: DraftRecord | null) => DraftRecord | null,
  ): Promise<DraftRecord | null> {
    let kept = memory.get(noteId) ?? null
    try {
      const next = await store.update(noteId, (stored) => change((kept ??= stored)))
      memory.delete(noteId)
      return next
    } catch {
      const next = change(kept)
      if (next) memory.set(noteId, next)
      else memory.delete(noteId)
      return next
    }
  }

  return {
    async all() {
      const records = await store.all().catch(() => [])
      const old = records.filter((record) => record.settled && record.changedAt < Date.now() - SETTLED_LIFE_MS)
      for (const { noteId } of old) void update(noteId, (kept) => (kept?.settled ? null : kept))
      return records.filter((record) => !record.settled)
    },
    async read(noteId) {
      const record = memory.get(noteId) ?? (await store.read(noteId).catch(() => null))
      return live(record)
    },
    async write(write) {
      const draft = await update(write.noteId, (kept) => written(write, kept))
      return draft ?? written(write, null)
    },
    async settle(noteId, revision, base) {
      return live(await update(noteId, (kept) => kept && settled(kept, revision, base)))
    },
    async amend(noteId, change) {
      return live(await update(noteId, (kept) => (kept && !kept.settled ? amended(kept, change(kept)) : kept)))
    },
    async remove(noteId) {
      await update(noteId, () => null)
    },
    isKept: (noteId) => !memory.has(noteId),
  }
}

function live(record: DraftRecord | null): Draft | null {
  return record && !record.settled ? record : null
}

/** A text that no window wrote is news to each of them. */
function amended(kept: DraftRecord, draft: Draft): DraftRecord {
  return { ...draft, settled: false, writer: sameTexts(kept, draft) ? kept.writer : '' }
}

function written({ noteId, personId, texts, base, seen, writer }: Write, kept: DraftRecord | null): DraftRecord {
  const known = kept !== null && (!kept.settled || kept.revision === seen)
  const draft = kept?.settled ? null : kept
  const overtaken = draft !== null && draft.revision !== seen && draft.writer !== writer && !sameTexts(draft, texts)
  return {
    noteId,
    personId: draft?.personId ?? personId,
    title: texts.title,
    content: texts.content,
    base: known ? kept.base : base,
    sent: draft?.sent ?? null,
    revision: uuidv7(),
    changedAt: Date.now(),
    rival: overtaken
      ? { title: draft.title, content: draft.content, version: draft.base?.version ?? 0n, from: 'window' }
      : (draft?.rival ?? null),
    settled: false,
    writer,
  }
}

function settled(kept: DraftRecord, revision: string, base: Base): DraftRecord {
  if (kept.revision !== revision || kept.settled) return { ...kept, base, sent: null }
  return { ...kept, title: '', content: '', base, sent: null, rival: null, settled: true, changedAt: Date.now() }
}

import type { Database } from '@/storage/database'
import type { Texts } from '@/features/notes/note'
import { isClean, type Base, type Draft } from './draft'

/** The drafts of this browser. Nothing here throws: what the browser's storage does not take lives in this window. */
export interface Drafts {
  all: () => Promise<Draft[]>
  read: (noteId: string) => Promise<Draft | null>
  /** Changes, adds or ends a draft in one step among all windows. `change` may be called twice. */
  update: (noteId: string, change: (kept: Draft | null) => Draft | null) => Promise<Draft | null>
  /** False when the text lives in this window alone. */
  isKept: (noteId: string) => boolean
}

/** What a draft says, written with every change. */
export type KeptText = Omit<Draft, 'base' | 'sent' | 'rival'>

/** What it stands on, written when that changes. */
export interface KeptGround {
  readonly noteId: string
  readonly base: Base | null
  readonly sent: Texts | null
  readonly rival: Base | null
}

/** So long after the server took it a draft still tells other windows what they missed, in milliseconds. */
const CLEAN_LIFE_MS = 60_000

export function createDrafts(database: Promise<Database>): Drafts {
  /** What the storage did not take. */
  const memory = new Map<string, Draft>()

  async function update(noteId: string, change: (kept: Draft | null) => Draft | null): Promise<Draft | null> {
    let kept = memory.get(noteId) ?? null
    try {
      const next = await stored(noteId, (known) => change((kept ??= known)))
      memory.delete(noteId)
      return next
    } catch {
      const next = change(kept)
      if (next) memory.set(noteId, next)
      else memory.delete(noteId)
      return next
    }
  }

  async function stored(noteId: string, change: (known: Draft | null) => Draft | null): Promise<Draft | null> {
    const transaction = (await database).transaction(['drafts', 'grounds'], 'readwrite')
    const [texts, grounds] = [transaction.objectStore('drafts'), transaction.objectStore('grounds')]
    const known = joined(await texts.get(noteId), await grounds.get(noteId))
    const next = change(known)
    const writes: Promise<unknown>[] = [transaction.done]
    if (next && next !== known) {
      const { base, sent, rival, ...text } = next
      writes.push(texts.put(text))
      if (base !== known?.base || sent !== known.sent || rival !== known.rival) writes.push(grounds.put({ noteId, base, sent, rival }))
    } else if (!next && known) writes.push(texts.delete(noteId), grounds.delete(noteId))
    await Promise.all(writes)
    return next
  }

  async function one(noteId: string): Promise<Draft | null> {
    const transaction = (await database).transaction(['drafts', 'grounds'])
    return joined(await transaction.objectStore('drafts').get(noteId), await transaction.objectStore('grounds').get(noteId))
  }

  async function everything(): Promise<Draft[]> {
    const transaction = (await database).transaction(['drafts', 'grounds'])
    const [texts, grounds] = await Promise.all([transaction.objectStore('drafts').getAll(), transaction.objectStore('grounds').getAll()])
    const byNote = new Map(grounds.map((ground) => [ground.noteId, ground]))
    return texts.map((text) => ({ ...text, ...(byNote.get(text.noteId) ?? UNFOUNDED) }))
  }

  return {
    async all() {
      const drafts = await everything().catch(() => [])
      for (const { noteId } of drafts.filter(isOver)) void update(noteId, (kept) => (kept && isOver(kept) ? null : kept))
      return drafts.filter((draft) => !isClean(draft))
    },
    read: async (noteId) => memory.get(noteId) ?? (await one(noteId).catch(() => null)),
    update,
    isKept: (noteId) => !memory.has(noteId),
  }
}

const UNFOUNDED = { base: null, sent: null, rival: null }

function joined(text: KeptText | undefined, ground: KeptGround | undefined): Draft | null {
  return text ? { ...UNFOUNDED, ...ground, ...text } : null
}

function isOver(draft: Draft): boolean {
  return isClean(draft) && draft.changedAt < Date.now() - CLEAN_LIFE_MS
}

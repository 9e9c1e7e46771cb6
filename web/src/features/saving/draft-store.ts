import { uuidv7 } from 'uuidv7'
import type { Texts } from '@/features/notes/note'
import type { Database } from '@/storage/database'
import type { Base, Rival } from './draft'
import type { DraftRecord } from './drafts'

/** A short text stands in the record; a long one is kept once under an id, whichever fields have it. */
type StoredText = string | { readonly id: string }

type Stored<T extends Texts> = Omit<T, 'content'> & { readonly content: StoredText }

/** A draft on the device. Its long texts are written when they are new, and not with every other change. */
export type StoredDraft = Omit<Stored<DraftRecord>, 'base' | 'sent' | 'rival'> & {
  readonly base: Stored<Base> | null
  readonly sent: Stored<Texts> | null
  readonly rival: Stored<Rival> | null
}

/** The drafts in the browser's storage; whatever that throws passes through. */
export interface DraftStore {
  all: () => Promise<DraftRecord[]>
  read: (noteId: string) => Promise<DraftRecord | null>
  /** Changes, adds or ends a draft in one transaction. */
  update: (noteId: string, change: (kept: DraftRecord | null) => DraftRecord | null) => Promise<DraftRecord | null>
}

/** Characters. */
const LONG = 20_000

export function createDraftStore(database: Promise<Database>): DraftStore {
  /** The long texts that this window read or wrote last for each draft; what an id names never changes. */
  const known = new Map<string, ReadonlyMap<string, string>>()

  async function textsOf(stored: StoredDraft, load: (id: string) => Promise<string | undefined>): Promise<Map<string, string>> {
    const texts = new Map<string, string>()
    for (const id of idsIn(stored)) {
      const text = known.get(stored.noteId)?.get(id) ?? (await load(id))
      if (text === undefined) throw new Error('a text of the draft is missing')
      texts.set(id, text)
    }
    known.set(stored.noteId, texts)
    return texts
  }

  return {
    async all() {
      const transaction = (await database).transaction(['drafts', 'texts'])
      const texts = transaction.objectStore('texts')
      const records: DraftRecord[] = []
      for (const stored of await transaction.objectStore('drafts').getAll()) {
        records.push(unpacked(stored, await textsOf(stored, (id) => texts.get(id))))
      }
      return records
    },
    async read(noteId) {
      const transaction = (await database).transaction(['drafts', 'texts'])
      const stored = await transaction.objectStore('drafts').get(noteId)
      return stored ? unpacked(stored, await textsOf(stored, (id) => transaction.objectStore('texts').get(id))) : null
    },
    async update(noteId, change) {
      const transaction = (await database).transaction(['drafts', 'texts'], 'readwrite')
      const [drafts, texts] = [transaction.objectStore('drafts'), transaction.objectStore('texts')]
      const stored = await drafts.get(noteId)
      const old = stored ? await textsOf(stored, (id) => texts.get(id)) : new Map<string, string>()
      const next = change(stored ? unpacked(stored, old) : null)
      const { record, long } = packed(next, old)
      await Promise.all([
        ...[...long.keys()].filter((id) => !old.has(id)).map((id) => texts.put(long.get(id) ?? '', id)),
        ...[...old.keys()].filter((id) => !long.has(id)).map((id) => texts.delete(id)),
        record ? drafts.put(record) : drafts.delete(noteId),
        transaction.done,
      ])
      if (record) known.set(noteId, long)
      else known.delete(noteId)
      return next
    },
  }
}

/** The record to store, and the long texts that it needs by id; those that are stored already keep theirs. */
function packed(record: DraftRecord | null, old: ReadonlyMap<string, string>): { record: StoredDraft | null; long: Map<string, string> } {
  const ids = new Map([...old].map(([id, text]) => [text, id]))
  const long = new Map<string, string>()
  const pack = <T extends Texts>(part: T): Stored<T> => {
    const text = part.content
    if (text.length < LONG) return part
    const id = ids.get(text) ?? uuidv7()
    ids.set(text, id)
    long.set(id, text)
    return { ...part, content: { id } }
  }
  if (!record) return { record, long }
  const { base, sent, rival } = record
  return { record: { ...pack(record), base: base && pack(base), sent: sent && pack(sent), rival: rival && pack(rival) }, long }
}

function unpacked(stored: StoredDraft, texts: ReadonlyMap<string, string>): DraftRecord {
  const load = (text: StoredText): string => (typeof text === 'string' ? text : (texts.get(text.id) ?? ''))
  const unpack = <T extends Texts>(part: Stored<T>) => ({ ...part, content: load(part.content) })
  const { base, sent, rival } = stored
  return {
    ...stored,
    content: load(stored.content),
    base: base && unpack<Base>(base),
    sent: sent && unpack<Texts>(sent),
    rival: rival && unpack<Rival>(rival),
  }
}

function idsIn({ content, base, sent, rival }: StoredDraft): Set<string> {
  return new Set([content, base?.content, sent?.content, rival?.content].flatMap((text) => (typeof text === 'object' ? [text.id] : [])))
}

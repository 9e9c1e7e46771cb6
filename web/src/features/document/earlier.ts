import { deleteDB, openDB } from 'idb'
import { uuidv7 } from 'uuidv7'
import type { Removal } from '@/features/deleting/removal'
import { titleOf, type Texts } from '@/features/notes/note'
import type { KeptRemovals } from '@/storage/kept-removals'
import type { TextStorage } from '@/storage/web-storage'
import { rebased, type Base, type Draft } from './draft'
import type { Drafts } from './draft-store'

/** What 0.1.0 kept, in one database for everybody. */
const NAME = 'notewire'
const LAST_WORDS = 'notewire.last-words.'

/** Long texts stood in a store of their own. */
type EarlierText = string | { readonly id: string }
type EarlierTexts<T extends Texts = Texts> = Omit<T, 'content'> & { readonly content: EarlierText }

interface EarlierDraft extends EarlierTexts {
  readonly noteId: string
  readonly personId: string
  readonly base: EarlierTexts<Base> | null
  readonly sent: EarlierTexts | null
  readonly rival: (EarlierTexts<Base> & { readonly from: 'server' | 'window' }) | null
  readonly revision: string
  readonly changedAt: number
  readonly settled: boolean
}

interface EarlierWords {
  readonly noteId: string
  readonly personId: string
  readonly texts: Texts
  readonly base: (Texts & { readonly version: string }) | null
}

/** Takes over what an earlier release kept of a person and the server does not have. */
export async function adoptEarlier(personId: string, drafts: Drafts, removals: KeptRemovals, storage: TextStorage): Promise<void> {
  try {
    await adoptDatabase(personId, drafts, removals)
  } catch {
    // A browser that keeps nothing kept nothing before.
  }
  for (const key of Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')) {
    const words = key.startsWith(LAST_WORDS) ? wordsOf(storage.getItem(key)) : null
    if (words?.personId !== personId) continue
    const { noteId, texts, base } = words
    await drafts.update(noteId, (kept) => ({ ...fresh(noteId, texts), base: kept?.base ?? (base && { ...base, version: BigInt(base.version) }), sent: kept?.sent ?? null }))
    storage.removeItem(key)
  }
}

async function adoptDatabase(personId: string, drafts: Drafts, removals: KeptRemovals): Promise<void> {
  if (!(await indexedDB.databases()).some(({ name }) => name === NAME)) return
  const database = await openDB(NAME)
  const load = async ({ content, ...rest }: EarlierTexts): Promise<Texts> => ({
    ...rest,
    content: typeof content === 'string' ? content : String(await database.get('texts', content.id)),
  })
  let left = 0
  for (const earlier of (await database.getAll('drafts')) as EarlierDraft[]) {
    if (earlier.personId !== personId) left++
    else {
      if (!earlier.settled) await adopt(earlier, load, drafts)
      await database.delete('drafts', earlier.noteId)
    }
  }
  for (const removal of (await database.getAll('removals')) as Removal[]) {
    if (removal.personId !== personId) left++
    else {
      await removals.keep(removal)
      await database.delete('removals', removal.noteId)
    }
  }
  database.close()
  if (left === 0) void deleteDB(NAME)
}

async function adopt(earlier: EarlierDraft, load: (texts: EarlierTexts) => Promise<Texts>, drafts: Drafts): Promise<void> {
  const { noteId, base, sent, rival } = earlier
  const on = base && { ...(await load(base)), version: base.version }
  const draft = { ...fresh(noteId, await load(earlier)), base: on, sent: sent && (await load(sent)) }
  const other = rival && { ...(await load(rival)), version: rival.version }
  await drafts.update(noteId, (kept) => kept ?? (other && rival.from === 'server' ? rebased(draft, other) : draft))
  if (!other || rival.from === 'server') return
  const id = uuidv7()
  await drafts.update(id, () => fresh(id, { title: `${titleOf(other)} (another window)`, content: other.content }))
}

function fresh(noteId: string, { title, content }: Texts): Draft {
  return { noteId, title, content, base: null, sent: null, rival: null, revision: uuidv7(), writes: {}, changedAt: Date.now() }
}

function wordsOf(text: string | null): EarlierWords | null {
  try {
    return JSON.parse(text ?? '') as EarlierWords
  } catch {
    return null
  }
}

import type { NoteDocument } from '@/features/document/document'
import type { Removal } from '@/features/deleting/removal'
import type { Me } from '@/features/identity/identity'
import type { ListPlace, Sort } from './list-place'
import type { NoteSummary } from './note'

/** The lines of a list: what the server listed, less what was deleted here, after what it does not know yet. */
export function overlaid(
  ids: readonly string[],
  unsaved: ReadonlyMap<string, NoteDocument>,
  removals: ReadonlyMap<string, Removal>,
  { scope }: ListPlace,
): readonly string[] {
  const isGone = (id: string): boolean => removals.get(id)?.wanted === 'deleted'
  const rest = removals.size > 0 ? ids.filter((id) => !isGone(id)) : ids
  if (scope === 'shared') return rest
  const fresh = [...unsaved.values()].filter((document) => !document.base && !document.blank.value && !isGone(document.id) && !ids.includes(document.id))
  // Ids grow with time.
  return fresh.length > 0 ? [...fresh.map(({ id }) => id).sort().reverse(), ...rest] : rest
}

/** What a list says of a note that the server does not know yet. */
export function freshSummary({ id, writtenAt }: NoteDocument, me: Me): NoteSummary {
  const at = Math.floor(writtenAt / 1000)
  return { id, title: '', snippet: '', owner: me, sharedWith: [], sharedWithCount: 0, createdAt: at, updatedAt: at, version: 0n }
}

export function belongs(note: NoteSummary, me: Me, { scope }: ListPlace): boolean {
  const mine = note.owner.id === me.id
  const shared = note.sharedWith.some((person) => person.id === me.id)
  if (scope === 'mine') return mine
  return scope === 'shared' ? shared : mine || shared
}

/** Puts a note that changed where the order wants it; one that lies beyond what is loaded stays out. */
export function placed(items: readonly NoteSummary[], note: NoteSummary, sort: Sort, complete: boolean): NoteSummary[] {
  const others = items.filter((item) => item.id !== note.id)
  const at = others.findIndex((item) => before(note, item, sort))
  if (at >= 0) return [...others.slice(0, at), note, ...others.slice(at)]
  return complete || others.length < items.length ? [...others, note] : others
}

function before(one: NoteSummary, other: NoteSummary, sort: Sort): boolean {
  if (sort === 'title') return one.title < other.title
  const [first, second] = sort === 'created' ? [one.createdAt, other.createdAt] : [one.updatedAt, other.updatedAt]
  return first === second ? one.id > other.id : first > second
}

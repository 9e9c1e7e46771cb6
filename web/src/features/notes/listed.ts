import { isBlank, snippetOf, type NoteSummary } from './note'
import type { ListPlace, Sort } from './list-place'
import type { Draft } from '@/features/saving/draft'
import type { Removal } from '@/features/deleting/removal'
import type { Me } from '@/features/identity/identity'

/** A line of the list: what the server said with what is typed here on top. */
export interface Listed extends NoteSummary {
  /** The server does not have all of it yet. */
  readonly unsaved: boolean
}

/** Lays drafts and removals over the notes that the server listed. */
export function overlaid(
  items: readonly NoteSummary[],
  drafts: ReadonlyMap<string, Draft>,
  removals: ReadonlyMap<string, Removal>,
  me: Me,
  { scope }: ListPlace,
): Listed[] {
  const listed = new Set<string>()
  const lines: Listed[] = []
  for (const item of items) {
    listed.add(item.id)
    if (removals.get(item.id)?.wanted === 'deleted') continue
    const draft = drafts.get(item.id)
    lines.push(draft ? { ...item, title: draft.title, snippet: snippetOf(draft.content), unsaved: true } : { ...item, unsaved: false })
  }
  if (scope === 'shared') return lines
  const fresh = [...drafts.values()]
    .filter((draft) => !draft.base && draft.personId === me.id && !listed.has(draft.noteId) && !isBlank(draft))
    .filter((draft) => removals.get(draft.noteId)?.wanted !== 'deleted')
    .sort((one, other) => other.changedAt - one.changedAt)
  return [...fresh.map((draft) => freshLine(draft, me)), ...lines]
}

function freshLine(draft: Draft, me: Me): Listed {
  const at = Math.floor(draft.changedAt / 1000)
  const { noteId: id, title, content } = draft
  return { id, title, snippet: snippetOf(content), owner: me, sharedWith: [], sharedWithCount: 0, createdAt: at, updatedAt: at, version: 0n, unsaved: true }
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

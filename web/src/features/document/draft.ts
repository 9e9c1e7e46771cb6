import { sameTexts, type Note, type Texts } from '@/features/notes/note'
import { merge, type Overlap } from './merge'

/** A note's text at a version of the server. */
export interface Base extends Texts {
  readonly version: bigint
}

/** A note's text as this device has it, for all windows of the browser, until the server has it too. */
export interface Draft extends Texts {
  readonly noteId: string
  /**
   * What the text grew from; null while the server does not know the note. During a dispute the server's text, with
   * the old lines at the places that a person has to decide.
   */
  readonly base: Base | null
  /** What was sent without an answer so far: the server may have it. */
  readonly sent: Texts | null
  /** The server's text, while it changed the same lines as this one. */
  readonly rival: Base | null
  /** Changes whenever the text does. */
  readonly revision: string
  /** How often each window wrote it: whatever a window typed before is in it. */
  readonly writes: Readonly<Record<string, number>>
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

export function baseOf(note: Texts & { readonly version: bigint }): Base {
  return { title: note.title, content: note.content, version: note.version }
}

/** The server has all of it, and nothing else may still reach it. */
export function isClean(draft: Draft): boolean {
  return draft.base !== null && draft.sent === null && draft.rival === null && sameTexts(draft, draft.base)
}

/** A draft of a text that nobody has changed. */
export function cleanDraft(noteId: string, base: Base): Draft {
  return { noteId, title: base.title, content: base.content, base, sent: null, rival: null, revision: `v${base.version}`, writes: {}, changedAt: Date.now() }
}

/** The draft on top of what the server turned out to have; only lines that both changed are left to a person. */
export function rebased(draft: Draft, server: Base): Draft {
  const { base, sent } = draft
  if (base && (server.version < base.version || (server.version === base.version && !draft.rival))) return draft
  const on = baseOf(server)
  if (sameTexts(draft, server)) return { ...draft, base: on, sent: null, rival: null }
  // Our own text whose answer was lost on the way, with more typed since.
  if (sent && sameTexts(sent, server)) return { ...draft, base: on, sent: null, rival: null }
  const old = base ?? { title: '', content: '', version: 0n }
  const title = oneSided(old.title, draft.title, server.title)
  const { content, ground, overlaps } = merge(old.content, draft.content, server.content)
  const next = { ...draft, title: title ?? draft.title, content, sent: null }
  const changed = sameTexts(next, draft) ? {} : { revision: `${draft.revision}+${server.version}` }
  if (title !== null && overlaps.length === 0) return { ...next, ...changed, base: on, rival: null }
  return { ...next, ...changed, base: { title: title === null ? old.title : server.title, content: ground, version: old.version }, rival: on }
}

/** The server took what was sent; more may have been typed since. */
export function settled(draft: Draft, sent: Texts, answer: Note): Draft {
  if (draft.base && draft.base.version >= answer.version) return { ...draft, sent: null }
  return { ...draft, base: { title: sent.title, content: sent.content, version: answer.version }, sent: null }
}

/** A person has decided one place of a dispute: the draft holds what they chose. The last one ends the dispute. */
export function decided(draft: Draft, { groundLine, base: old, theirs }: Overlap): Draft {
  const { base, rival } = draft
  if (!base || !rival) return draft
  const lines = base.content.split('\n')
  // Another window may have decided it before.
  if (old.some((line, index) => lines[groundLine + index] !== line)) return draft
  lines.splice(groundLine, old.length, ...theirs)
  return rebased({ ...draft, base: { ...base, content: lines.join('\n') } }, rival)
}

/** The draft is what a person chose of both titles. */
export function titleDecided(draft: Draft): Draft {
  const { base, rival } = draft
  return base && rival ? rebased({ ...draft, base: { ...base, title: rival.title } }, rival) : draft
}

/** The draft as it is takes the place of the server's text. */
export function allDecided(draft: Draft): Draft {
  return draft.rival ? { ...draft, base: draft.rival, rival: null } : draft
}

function oneSided(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs || theirs === base) return mine
  return mine === base ? theirs : null
}

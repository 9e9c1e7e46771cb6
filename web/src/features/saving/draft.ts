import { sameTexts, type Texts } from '@/features/notes/note'

/** A note's text at a version of the server. */
export interface Base extends Texts {
  readonly version: bigint
}

/** Another text of the same note that must not be overwritten unseen. */
export interface Rival extends Base {
  /** Where it came from: the server, or another window of this browser. */
  readonly from: 'server' | 'window'
}

/** Text that the server does not have yet. */
export interface Draft extends Texts {
  readonly noteId: string
  /** Who wrote it; owns the note when the server does not know it yet. */
  readonly personId: string
  /** What the text grew from; null while the server does not know the note. */
  readonly base: Base | null
  /** What was sent without an answer so far: the server may have it. */
  readonly sent: Texts | null
  /** Changes with every write of the text, whichever window writes. */
  readonly revision: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Set while a person has to choose between two texts. */
  readonly rival: Rival | null
}

export type Reconciled =
  /** The server has this text already. */
  | { readonly kind: 'saved' }
  /** These texts hold both sides' changes and grow from the server's version. */
  | { readonly kind: 'merged'; readonly texts: Texts }
  /** Both sides changed the same field. */
  | { readonly kind: 'conflict' }

/** Compares a draft with what the server turned out to have. Each field that only one side changed takes that side. */
export function reconcile(draft: Draft, server: Base): Reconciled {
  if (sameTexts(draft, server)) return { kind: 'saved' }
  // Our own text whose answer was lost on the way, with more typed since.
  if (draft.sent && sameTexts(draft.sent, server)) return { kind: 'merged', texts: { title: draft.title, content: draft.content } }
  if (!draft.base) return { kind: 'conflict' }
  const title = oneSided(draft.base.title, draft.title, server.title)
  const content = oneSided(draft.base.content, draft.content, server.content)
  if (title === null || content === null) return { kind: 'conflict' }
  return { kind: 'merged', texts: { title, content } }
}

function oneSided(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs || theirs === base) return mine
  return mine === base ? theirs : null
}

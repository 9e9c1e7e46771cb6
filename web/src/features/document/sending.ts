import { Code } from '@connectrpc/connect'
import type { Clients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import { excessOf, isBlank, noteOf, type Note, type Texts } from '@/features/notes/note'
import type { Deliver } from './delivering'
import { isClean, rebased, settled, type Base, type Draft } from './draft'
import type { Drafts } from './draft-store'

export type Outcome =
  /** Nothing was to be sent. */
  | { readonly kind: 'idle' }
  /** The server has the text; more may have been typed since. */
  | { readonly kind: 'saved'; readonly note: Note }
  /** Both changed the same lines; a person decides. */
  | { readonly kind: 'conflict' }
  /** Somebody deleted the note; the draft is kept. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly problem: Problem }

const STEPS = 4

/** Delivers a draft as a whole, on top of the version that it grew from. */
export function createSending({ notes }: Pick<Clients, 'notes'>, drafts: Drafts, personId: string): Deliver {
  async function send(noteId: string, base: Base | null, { title, content }: Texts): Promise<Note> {
    if (!base) return noteOf(await notes.createNote({ id: noteId, title, content, userId: personId }))
    return noteOf(
      await notes.updateNote({
        id: noteId,
        expectedVersion: base.version,
        ...(title === base.title ? {} : { title }),
        ...(content === base.content ? {} : { content }),
      }),
    )
  }

  async function present(id: string): Promise<Note | null> {
    try {
      return noteOf(await notes.getNote({ id }))
    } catch (error) {
      if (problemOf(error).code === Code.NotFound) return null
      throw error
    }
  }

  /**
   * One step towards the server having the draft; null where another has to follow. What was sent without an answer goes
   * first and as it was: only then is it known whether the server has it.
   */
  async function step({ noteId, title, content, base, sent }: Draft): Promise<Outcome | null> {
    const texts = sent ?? { title, content }
    await drafts.update(noteId, (kept) => kept && { ...kept, sent: texts })
    try {
      const note = await send(noteId, base, texts)
      const next = await drafts.update(noteId, (kept) => kept && settled(kept, texts, note))
      return sent && next && !isClean(next) ? null : { kind: 'saved', note }
    } catch (error) {
      const problem = problemOf(error)
      if (problem.code === Code.NotFound && base) return { kind: 'gone' }
      if (problem.code !== (base ? Code.Aborted : Code.AlreadyExists)) {
        if (!problem.passing) await drafts.update(noteId, (kept) => kept && { ...kept, sent: null })
        throw error
      }
    }
    const note = await present(noteId)
    if (!note) return { kind: 'gone' }
    const next = await drafts.update(noteId, (kept) => kept && rebased(kept, note))
    return next && isClean(next) ? { kind: 'saved', note } : null
  }

  return async (noteId) => {
    try {
      for (let count = 0; count < STEPS; count++) {
        const draft = await drafts.read(noteId)
        if (!draft || isClean(draft)) return { kind: 'idle' }
        if (draft.rival) return { kind: 'conflict' }
        if (!draft.base && !draft.sent && isBlank(draft)) return { kind: 'idle' }
        const excess = excessOf(draft)
        if (excess > 0) return { kind: 'failed', problem: tooLong(excess) }
        const outcome = await step(draft)
        if (outcome) return outcome
      }
      throw new Error('the note changes faster than it can be saved')
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) }
    }
  }
}

/** Known without asking the service. */
function tooLong(excess: number): Problem {
  const message = `Too long by ${Math.ceil(excess / 1024)} KB, kept here. Shorten it or go on in another note.`
  return { code: Code.InvalidArgument, message, passing: false, reason: '', fields: {} }
}

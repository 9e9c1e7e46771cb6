import { Code } from '@connectrpc/connect'
import type { Clients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import { excessOf, isBlank, noteOf, type Note, type Texts } from '@/features/notes/note'
import { reconcile, type Base, type Draft } from './draft'
import type { Drafts } from './drafts'

export type Outcome =
  /** Nothing was to be sent. */
  | { readonly kind: 'idle' }
  /** The server has the text; more may have been typed since. */
  | { readonly kind: 'saved'; readonly note: Note }
  /** Two texts stand against each other; a person chooses. */
  | { readonly kind: 'conflict'; readonly note: Note | null }
  /** Somebody deleted the note; the draft is kept. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly problem: Problem }

const STEPS = 4

/** Brings one draft to the server. One window at a time may do so for a note. */
export function createSending({ notes }: Pick<Clients, 'notes'>, drafts: Drafts): (noteId: string) => Promise<Outcome> {
  async function send(draft: Draft): Promise<Note> {
    const { noteId, title, content, base } = draft
    await drafts.amend(noteId, (kept) => ({ ...kept, sent: { title, content } }))
    if (!base) return noteOf(await notes.createNote({ id: noteId, title, content, userId: draft.personId }))
    return noteOf(
      await notes.updateNote({
        id: noteId,
        expectedVersion: base.version,
        ...(title === base.title ? {} : { title }),
        ...(content === base.content ? {} : { content }),
      }),
    )
  }

  /** The draft ends here unless more was typed while it was under way. */
  function settle(draft: Draft, note: Note): Promise<Draft | null> {
    return drafts.settle(draft.noteId, draft.revision, baseOf(note))
  }

  /** What to do with a draft whose ground has moved; a note tells that it is settled. */
  async function catchUp(draft: Draft): Promise<Outcome | null> {
    const note = await present(draft.noteId)
    if (!note) return { kind: 'gone' }
    const result = reconcile(draft, note)
    if (result.kind === 'saved') {
      await settle(draft, note)
      return { kind: 'saved', note }
    }
    if (result.kind === 'conflict') {
      await drafts.amend(draft.noteId, (kept) => ({ ...kept, rival: { ...baseOf(note), from: 'server' } }))
      return { kind: 'conflict', note }
    }
    await drafts.amend(draft.noteId, (kept) => ({
      ...kept,
      ...mergedInto(kept, draft, result.texts),
      base: baseOf(note),
      sent: null,
    }))
    return null
  }

  async function present(id: string): Promise<Note | null> {
    try {
      return noteOf(await notes.getNote({ id }))
    } catch (error) {
      if (problemOf(error).code === Code.NotFound) return null
      throw error
    }
  }

  return async (noteId) => {
    try {
      for (let step = 0; step < STEPS; step++) {
        const draft = await drafts.read(noteId)
        if (!draft) return { kind: 'idle' }
        if (draft.rival) return { kind: 'conflict', note: null }
        if (!draft.base && !draft.sent && isBlank(draft)) return { kind: 'idle' }
        const excess = excessOf(draft)
        if (excess > 0) return { kind: 'failed', problem: tooLong(excess) }
        try {
          const note = await send(draft)
          await settle(draft, note)
          return { kind: 'saved', note }
        } catch (error) {
          const problem = problemOf(error)
          if (problem.code === Code.NotFound && draft.base) return { kind: 'gone' }
          if (!groundMoved(problem, draft)) throw error
          const outcome = await catchUp(draft)
          if (outcome) return outcome
        }
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

export function baseOf(note: Texts & { readonly version: bigint }): Base {
  return { title: note.title, content: note.content, version: note.version }
}

/** A merge counts for what was typed up to it; a field typed in since keeps the newer text. */
function mergedInto(kept: Draft, merged: Draft, texts: Texts): Texts {
  return {
    title: kept.title === merged.title ? texts.title : kept.title,
    content: kept.content === merged.content ? texts.content : kept.content,
  }
}

function groundMoved(problem: Problem, draft: Draft): boolean {
  if (draft.base) return problem.code === Code.Aborted
  return problem.code === Code.AlreadyExists
}

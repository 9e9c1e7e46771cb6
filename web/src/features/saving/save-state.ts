import type { Connection } from '@/features/connection/connection'
import type { Saving } from './saving'

/** What the line under a title says; always true. */
export type SaveState =
  | { readonly kind: 'saved' | 'saving' | 'conflict' | 'gone' | 'unkept' }
  | { readonly kind: 'retrying' | 'offline'; readonly kept: number }
  | { readonly kind: 'refused'; readonly why: string }

export function saveStateOf(
  noteId: string,
  { drafts, attempts, unkept }: Pick<Saving, 'drafts' | 'attempts' | 'unkept'>,
  { offline }: Pick<Connection, 'offline'>,
): SaveState {
  const draft = drafts.get(noteId)
  if (!draft) return { kind: 'saved' }
  if (draft.rival) return { kind: 'conflict' }
  const attempt = attempts.get(noteId)
  if (attempt?.phase === 'gone') return { kind: 'gone' }
  if (unkept.has(noteId)) return { kind: 'unkept' }
  if (attempt?.phase === 'refused') return { kind: 'refused', why: attempt.problem?.message ?? '' }
  if (offline.value) return { kind: 'offline', kept: drafts.size }
  if (attempt?.phase === 'retrying') return { kind: 'retrying', kept: drafts.size }
  return { kind: 'saving' }
}

export function saveStateText(state: SaveState): string {
  switch (state.kind) {
    case 'saved':
      return 'Saved'
    case 'saving':
      return 'Saving…'
    case 'offline':
      return `Offline, ${kept(state.kept)}`
    case 'retrying':
      return `Not saved, retrying (${kept(state.kept)})`
    case 'conflict':
      return 'Not saved: the note was changed elsewhere'
    case 'gone':
      return 'Not saved: the note was deleted elsewhere'
    case 'unkept':
      return 'Not saved, and this browser cannot keep it: leave this page open'
    case 'refused':
      return `Not saved. ${state.why}`
  }
}

function kept(notes: number): string {
  return notes === 1 ? 'kept on this device' : `${notes} notes kept on this device`
}

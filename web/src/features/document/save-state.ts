import type { Connection } from '@/features/connection/connection'
import type { NoteDocument } from './document'

/** What the line under a title says; always true. */
export type SaveState =
  | { readonly kind: 'saved' | 'saving' | 'conflict' | 'gone' | 'unkept' }
  | { readonly kind: 'retrying' | 'offline'; readonly kept: number }
  | { readonly kind: 'refused'; readonly why: string }

/** `kept`: how many notes wait on this device. */
export function saveStateOf({ unsaved, dispute, attempt, kept: isKept }: NoteDocument, kept: number, { offline }: Pick<Connection, 'offline'>): SaveState {
  const { phase, problem } = attempt.value
  if (!unsaved.value) return { kind: 'saved' }
  if (dispute.value) return { kind: 'conflict' }
  if (phase === 'gone') return { kind: 'gone' }
  if (!isKept.value) return { kind: 'unkept' }
  if (phase === 'refused') return { kind: 'refused', why: problem?.message ?? '' }
  if (offline.value) return { kind: 'offline', kept }
  return phase === 'retrying' ? { kind: 'retrying', kept } : { kind: 'saving' }
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

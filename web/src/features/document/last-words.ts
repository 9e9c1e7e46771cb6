import { ChangeSet } from '@codemirror/state'
import { uuidv7 } from 'uuidv7'
import type { TextStorage } from '@/storage/web-storage'
import type { Earlier, Left, NoteDocument } from './document'
import type { Draft } from './draft'
import { changesBetween, textOf } from './merge'

/** What a closing window could not write to the database any more: this storage takes it before the window is gone. */
export interface LastWords {
  /** This window. */
  readonly writer: string
  leave: (document: NoteDocument) => void
  forget: (noteId: string) => void
  /** What windows left, whichever they were. */
  all: () => Heard[]
}

export interface Heard {
  readonly words: Words
  forget: () => void
}

export interface Words extends Left {
  readonly noteId: string
  readonly writer: string
}

export function createLastWords(storage: TextStorage, personId: string, writer: string): LastWords {
  const prefix = `notewire.last-words.${personId}.`
  const keyOf = (noteId: string): string => `${prefix}${writer}.${noteId}`

  function read(key: string): Heard[] {
    try {
      return [{ words: JSON.parse(storage.getItem(key) ?? '', revived) as Words, forget: () => storage.removeItem(key) }]
    } catch {
      return []
    }
  }

  return {
    writer,
    leave(document) {
      const words: Words = { noteId: document.id, writer, ...document.leave() }
      try {
        storage.setItem(keyOf(document.id), JSON.stringify(words, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
      } catch {
        // A full storage leaves it to the database, which may still be in time.
      }
    },
    forget: (noteId) => storage.removeItem(keyOf(noteId)),
    all: () =>
      Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
        .filter((key) => key.startsWith(prefix))
        .flatMap(read),
  }
}

/** The draft with what a window had left to say. */
export function spoken(kept: Draft | null, words: Words): Draft {
  const { noteId, title, content, base, writer, writes, back, backToHanded } = words
  const own = { title, content, revision: uuidv7(), writes: { ...kept?.writes, [writer]: writes + 2 }, changedAt: Date.now() }
  if (!kept) return { noteId, base, sent: null, rival: null, ...own }
  const known = kept.writes[writer] ?? 0
  // The window lived on and wrote it itself, or another has spoken for it.
  if (known > writes + 1) return kept
  const earlier: Earlier = known > writes && backToHanded ? backToHanded : back
  const now = textOf(content)
  const before = earlier.changes.apply(now)
  const text = changesBetween(before, kept.content).map(earlier.changes.invert(now)).apply(now)
  return { ...kept, ...own, title: title === earlier.title ? kept.title : title, content: text.toString() }
}

function revived(name: string, value: unknown): unknown {
  if (name === 'version') return BigInt(String(value))
  return name === 'changes' ? ChangeSet.fromJSON(value) : value
}

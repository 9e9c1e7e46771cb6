import type { TextStorage } from '@/storage/web-storage'
import type { Base } from './draft'
import type { Write } from './drafts'

/** What a closing window could not write to the database any more: this storage takes it before the window is gone. */
export interface LastWords {
  /** This window. */
  readonly writer: string
  leave: (write: Write) => void
  forget: (noteId: string) => void
  /** What windows left, whichever they were. */
  all: () => Left[]
}

export interface Left {
  readonly write: Write
  forget: () => void
}

type Stored = Omit<Write, 'base'> & { readonly base: (Omit<Base, 'version'> & { readonly version: string }) | null }

const PREFIX = 'notewire.last-words.'

export function createLastWords(storage: TextStorage, writer: string): LastWords {
  const keyOf = (noteId: string): string => `${PREFIX}${writer}.${noteId}`

  function read(key: string): Left[] {
    try {
      const { base, ...rest } = JSON.parse(storage.getItem(key) ?? '') as Stored
      const write = { ...rest, base: base && { ...base, version: BigInt(base.version) } }
      return [{ write, forget: () => storage.removeItem(key) }]
    } catch {
      return []
    }
  }

  return {
    writer,
    leave({ base, ...rest }) {
      const stored: Stored = { ...rest, base: base && { ...base, version: base.version.toString() } }
      try {
        storage.setItem(keyOf(rest.noteId), JSON.stringify(stored))
      } catch {
        // A full storage leaves it to the database, which may still be in time.
      }
    },
    forget: (noteId) => storage.removeItem(keyOf(noteId)),
    all: () =>
      Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
        .filter((key) => key.startsWith(PREFIX))
        .flatMap(read),
  }
}

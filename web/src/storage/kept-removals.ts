import type { Removal } from '@/features/deleting/removal'
import type { Database } from './database'
import { orNothing } from './or-nothing'

/** What the server does not know yet, for when the app is opened again. Without storage that is forgotten with the window. */
export interface KeptRemovals {
  all: () => Promise<readonly Removal[]>
  removal: (noteId: string) => Promise<Removal | null>
  keep: (removal: Removal) => Promise<void>
  forget: (noteId: string) => Promise<void>
}

export function createKeptRemovals(database: Promise<Database>): KeptRemovals {
  return {
    all: async () => (await orNothing(async () => (await database).getAll('removals'))) ?? [],
    removal: (noteId) => orNothing(async () => (await (await database).get('removals', noteId)) ?? null),
    keep: async (removal) => {
      await orNothing(async () => (await database).put('removals', removal))
    },
    forget: async (noteId) => {
      await orNothing(async () => (await database).delete('removals', noteId))
    },
  }
}

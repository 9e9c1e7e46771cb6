import type { Note } from '@/features/notes/note'

/** What the windows of one browser tell each other. */
export type News =
  /** The kept draft of the note changed or ended. */
  | { readonly about: 'draft'; readonly noteId: string }
  /** The server answered with the note. */
  | { readonly about: 'saved'; readonly note: Note }
  /** A note was moved away or taken back. */
  | { readonly about: 'removal'; readonly noteId: string }

export interface Windows {
  tell: (news: News) => void
  onNews: (listener: (news: News) => void) => void
  /** Runs the action unless the name is held now, here or in another window; null then. */
  alone: <T>(name: string, action: () => Promise<T>) => Promise<T | null>
}

export function createWindows(): Windows {
  const channel = new BroadcastChannel('notewire')
  const granted = grantedLocks()
  const held = new Set<string>()
  return {
    tell: (news) => channel.postMessage(news),
    onNews: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<News>) => listener(event.data))
    },
    async alone(name, action) {
      const locks = await granted
      if (locks) return locks.request(`notewire:${name}`, { ifAvailable: true }, (lock) => (lock ? action() : null))
      if (held.has(name)) return null
      held.add(name)
      try {
        return await action()
      } finally {
        held.delete(name)
      }
    },
  }
}

/**
 * Null outside of secure contexts, and where a browser refuses to keep anything. There each window has a lock of its
 * own, and between windows the versions keep order.
 */
async function grantedLocks(): Promise<LockManager | null> {
  const locks = (navigator as Partial<Navigator>).locks
  try {
    await locks?.query()
  } catch {
    return null
  }
  return locks ?? null
}

import type { Note } from '@/features/notes/note'
import { createAlone, type Alone } from './alone'

/** What a person's windows of one browser tell each other. */
export type News =
  /** The kept draft of the note changed. */
  | { readonly about: 'draft'; readonly noteId: string }
  /** What was typed in the note was given up. */
  | { readonly about: 'discard'; readonly noteId: string }
  /** The server answered with the note. */
  | { readonly about: 'saved'; readonly note: Note }
  /** A note was moved away or taken back. */
  | { readonly about: 'removal'; readonly noteId: string }

export interface Windows {
  tell: (news: News) => void
  onNews: (listener: (news: News) => void) => void
  /** Among all windows of the browser, this one included. */
  alone: Alone
}

export function createWindows(personId: string): Windows {
  const channel = new BroadcastChannel(`notewire.${personId}`)
  const granted = grantedLocks()
  const aloneHere = createAlone()
  return {
    tell: (news) => channel.postMessage(news),
    onNews: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<News>) => listener(event.data))
    },
    async alone(name, action) {
      const locks = await granted
      if (!locks) return aloneHere(name, action)
      return locks.request(`notewire:${name}`, { ifAvailable: true }, (lock) => (lock ? action() : null))
    },
  }
}

/**
 * Null outside of secure contexts, and where a browser refuses to keep anything. There a name is held in its
 * window only, and between windows the versions keep order.
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

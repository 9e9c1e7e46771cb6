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
  /** Runs the action unless another window holds the name now; null then. */
  alone: <T>(name: string, action: () => Promise<T>) => Promise<T | null>
}

export function createWindows(): Windows {
  const channel = new BroadcastChannel('notewire')
  return {
    tell: (news) => channel.postMessage(news),
    onNews: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<News>) => listener(event.data))
    },
    alone(name, action) {
      // Locks exist in secure contexts only; elsewhere each window sends for itself, and the versions keep order.
      const locks = (navigator as Partial<Navigator>).locks
      if (!locks) return action()
      return locks.request(`notewire:${name}`, { ifAvailable: true }, (lock) => (lock ? action() : null))
    },
  }
}

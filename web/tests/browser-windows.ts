import { createAlone } from '@/app/alone'
import type { News, Windows } from '@/app/windows'

/** Windows of one browser: each call makes one that hears the others. */
export function createBrowser(): () => Windows {
  const listeners: { owner: Windows; listener: (news: News) => void }[] = []
  const alone = createAlone()
  return () => {
    const window: Windows = {
      tell: (news) => {
        for (const { owner, listener } of listeners) if (owner !== window) listener(news)
      },
      onNews: (listener) => {
        listeners.push({ owner: window, listener })
      },
      alone,
    }
    return window
  }
}

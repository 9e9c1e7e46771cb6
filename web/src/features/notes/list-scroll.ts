import type { TextStorage } from '@/storage/web-storage'

/** Where each list was scrolled to, for as long as the window lives. */
export interface ListScroll {
  read: (key: string) => number
  write: (key: string, offset: number) => void
}

const PREFIX = 'notewire.scroll.'

export function createListScroll(storage: TextStorage): ListScroll {
  return {
    read: (key) => Number(storage.getItem(PREFIX + key) ?? 0) || 0,
    write: (key, offset) => storage.setItem(PREFIX + key, String(Math.round(offset))),
  }
}

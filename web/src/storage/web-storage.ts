/** Short texts by name, in the shape of the browser's own storage. */
export type TextStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>

type Kind = 'localStorage' | 'sessionStorage'

/** The browser's, or one that lasts as long as the page where the browser refuses to keep anything. */
export function openStorage(kind: Kind): TextStorage {
  return grantedStorage(kind) ?? createPageStorage()
}

/** Null where the browser refuses: to block all cookies is enough. */
export function grantedStorage(kind: Kind): TextStorage | null {
  try {
    return window[kind]
  } catch {
    return null
  }
}

function createPageStorage(): TextStorage {
  const texts = new Map<string, string>()
  return {
    get length() {
      return texts.size
    },
    key: (index) => [...texts.keys()][index] ?? null,
    getItem: (name) => texts.get(name) ?? null,
    setItem: (name, text) => void texts.set(name, text),
    removeItem: (name) => void texts.delete(name),
  }
}

/** Runs the action unless the name is held now; null then. */
export type Alone = <T>(name: string, action: () => Promise<T>) => Promise<T | null>

/** Holds names among all who share what is returned. */
export function createAlone(): Alone {
  const held = new Set<string>()
  return async (name, action) => {
    if (held.has(name)) return null
    held.add(name)
    try {
      return await action()
    } finally {
      held.delete(name)
    }
  }
}

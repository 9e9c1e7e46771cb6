/** What comes of an action on the browser's storage; null where that fails. */
export async function orNothing<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action()
  } catch {
    return null
  }
}

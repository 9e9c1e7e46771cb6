/** Tells whoever listens. */
export interface Signal<T> {
  emit: (value: T) => void
  /** Answers how to stop listening. */
  on: (listener: (value: T) => void) => () => void
}

export function createSignal<T>(): Signal<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    emit(value) {
      for (const listener of [...listeners]) listener(value)
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

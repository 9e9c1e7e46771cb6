import { inject, type InjectionKey } from 'vue'

/** What the composition root provided under the key; forgetting it is a programming error. */
export function need<T>(key: InjectionKey<T>): T {
  const value = inject(key)
  if (value === undefined) throw new Error(`nothing is provided for ${key.description ?? 'an unnamed key'}`)
  return value
}

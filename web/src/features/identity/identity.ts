import { computed, shallowRef, type ComputedRef, type InjectionKey } from 'vue'
import { need } from '@/app/need'
import type { TextStorage } from '@/storage/web-storage'

/** As much of the person at this device as the app needs. */
export interface Me {
  readonly id: string
  readonly username: string
  readonly email: string
}

/** Who is writing. Sign-in will take the place of `become`. */
export interface Identity {
  readonly me: ComputedRef<Me | null>
  become: (person: Me) => void
  leave: () => void
}

export const identityKey: InjectionKey<Identity> = Symbol('identity')

const PLACE = 'notewire.me'

export function createIdentity(storage: TextStorage): Identity {
  const chosen = shallowRef(read(storage))
  return {
    me: computed(() => chosen.value),
    become(person) {
      chosen.value = { id: person.id, username: person.username, email: person.email }
      storage.setItem(PLACE, JSON.stringify(chosen.value))
    },
    leave() {
      chosen.value = null
      storage.removeItem(PLACE)
    },
  }
}

export function useIdentity(): Identity {
  return need(identityKey)
}

function read(storage: TextStorage): Me | null {
  const text = storage.getItem(PLACE)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('id' in value) || !('username' in value)) return null
    return { id: String(value.id), username: String(value.username), email: 'email' in value ? String(value.email) : '' }
  } catch {
    return null
  }
}

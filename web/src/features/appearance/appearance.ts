import { readonly, ref, type InjectionKey, type Ref } from 'vue'
import { need } from '@/app/need'
import type { TextStorage } from '@/storage/web-storage'

export const CHOICES = ['system', 'light', 'dark'] as const
export type Choice = (typeof CHOICES)[number]

export interface Appearance {
  readonly choice: Readonly<Ref<Choice>>
  choose: (choice: Choice) => void
}

export const appearanceKey: InjectionKey<Appearance> = Symbol('appearance')

// public/appearance.js reads the same place before the first paint.
const PLACE = 'notewire.appearance'

export function createAppearance(storage: TextStorage): Appearance {
  const kept = storage.getItem(PLACE)
  const choice = ref<Choice>(CHOICES.find((known) => known === kept) ?? 'system')
  return {
    choice: readonly(choice),
    choose(next) {
      choice.value = next
      const { dataset } = document.documentElement
      if (next === 'system') {
        delete dataset.appearance
        storage.removeItem(PLACE)
      } else {
        dataset.appearance = next
        storage.setItem(PLACE, next)
      }
    },
  }
}

export function useAppearance(): Appearance {
  return need(appearanceKey)
}

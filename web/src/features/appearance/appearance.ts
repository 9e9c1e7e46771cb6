import { readonly, ref, type InjectionKey, type Ref } from 'vue'
import { need } from '@/app/need'
import type { TextStorage } from '@/storage/web-storage'

export const CHOICES = ['system', 'light', 'dark'] as const
export type Choice = (typeof CHOICES)[number]

/** Lines of a note in a list. */
export const ROW_LINES = [2, 1] as const
export type RowLines = (typeof ROW_LINES)[number]

export interface Appearance {
  readonly choice: Readonly<Ref<Choice>>
  choose: (choice: Choice) => void
  readonly rowLines: Readonly<Ref<RowLines>>
  chooseRowLines: (lines: RowLines) => void
}

export const appearanceKey: InjectionKey<Appearance> = Symbol('appearance')

// public/appearance.js reads the same place before the first paint.
const PLACE = 'notewire.appearance'
const ROWS_PLACE = 'notewire.rows'

export function createAppearance(storage: TextStorage): Appearance {
  const kept = storage.getItem(PLACE)
  const choice = ref<Choice>(CHOICES.find((known) => known === kept) ?? 'system')
  const rowLines = ref<RowLines>(storage.getItem(ROWS_PLACE) === '1' ? 1 : 2)
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
    rowLines: readonly(rowLines),
    chooseRowLines(next) {
      rowLines.value = next
      storage.setItem(ROWS_PLACE, String(next))
    },
  }
}

export function useAppearance(): Appearance {
  return need(appearanceKey)
}

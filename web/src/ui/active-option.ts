import { ref, type Ref } from 'vue'

/** Which of the options below a field its arrow keys have reached. */
export interface ActiveOption {
  readonly active: Ref<number>
  /** Behind the last comes the first. */
  move: (by: number) => void
}

export function useActiveOption(count: () => number): ActiveOption {
  const active = ref(0)
  return {
    active,
    move(by) {
      if (count() > 0) active.value = (active.value + by + count()) % count()
    },
  }
}

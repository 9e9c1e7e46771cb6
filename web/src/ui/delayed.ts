import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** True once the condition has held for so long; a short wait shows nothing. */
export function useDelayed(condition: () => boolean, milliseconds: number): Readonly<Ref<boolean>> {
  const shown = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    condition,
    (holds) => {
      clearTimeout(timer)
      if (holds) {
        timer = setTimeout(() => {
          shown.value = true
        }, milliseconds)
      } else shown.value = false
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return readonly(shown)
}

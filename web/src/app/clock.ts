import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const STEP_MS = 30_000

/** Unix seconds now, moving on while it is used. */
export function useNow(): Readonly<Ref<number>> {
  const now = ref(seconds())
  const timer = setInterval(() => {
    now.value = seconds()
  }, STEP_MS)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { useClients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import type { User } from '@/gen/user_pb'

/** People whose name or address begins as one types. */
export interface FoundPeople {
  readonly found: ComputedRef<readonly User[]>
  /** Those are all that there are for what is typed by now. */
  readonly settled: ComputedRef<boolean>
  readonly problem: Readonly<Ref<Problem | null>>
}

const PAUSE_MS = 120

export function useFoundPeople(typed: () => string, limit: number): FoundPeople {
  const { users } = useClients()
  const answer = shallowRef<{ readonly prefix: string; readonly users: readonly User[] } | null>(null)
  const problem = ref<Problem | null>(null)
  const prefix = computed(() => typed().trim())
  let timer: ReturnType<typeof setTimeout> | undefined

  async function search(wanted: string): Promise<void> {
    try {
      const people = (await users.searchUsers({ prefix: wanted, limit })).users
      if (wanted !== prefix.value) return
      answer.value = { prefix: wanted, users: people }
      problem.value = null
    } catch (error) {
      problem.value = problemOf(error)
    }
  }

  watch(prefix, (wanted) => {
    clearTimeout(timer)
    if (wanted) timer = setTimeout(() => void search(wanted), PAUSE_MS)
    else answer.value = null
  })
  onScopeDispose(() => clearTimeout(timer))

  return {
    found: computed(() => answer.value?.users ?? []),
    settled: computed(() => answer.value?.prefix === prefix.value),
    problem,
  }
}

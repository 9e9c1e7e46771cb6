import { Code, type Interceptor } from '@connectrpc/connect'
import { computed, readonly, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { problemOf } from '@/api/problem'
import { need } from '@/app/need'
import { createSignal, type Signal } from '@/app/signal'

/** Whether the server can be reached, from what calls meet. */
export interface Connection {
  /** The device itself has no network. */
  readonly offline: Readonly<Ref<boolean>>
  readonly reachable: ComputedRef<boolean>
  onBack: Signal<null>['on']
  /** Watches every call of a transport. */
  readonly interceptor: Interceptor
}

export const connectionKey: InjectionKey<Connection> = Symbol('connection')

const FIRST_PROBE_MS = 2000
const LONGEST_PROBE_MS = 15_000

/** `probe` tells whether the server answers; it runs only while calls fail. */
export function createConnection(probe: () => Promise<boolean>): Connection {
  const offline = ref(!navigator.onLine)
  const answering = ref(true)
  const regained = createSignal<null>()
  let probing: ReturnType<typeof setTimeout> | null = null

  function back(): void {
    if (answering.value) return
    answering.value = true
    regained.emit(null)
  }

  function lost(): void {
    answering.value = false
    probing ??= setTimeout(() => void look(FIRST_PROBE_MS), FIRST_PROBE_MS)
  }

  async function look(delay: number): Promise<void> {
    probing = null
    if (answering.value) return
    if (navigator.onLine && (await probe().catch(() => false))) back()
    else {
      const next = Math.min(LONGEST_PROBE_MS, delay * 1.5)
      probing = setTimeout(() => void look(next), next)
    }
  }

  window.addEventListener('offline', () => {
    offline.value = true
  })
  window.addEventListener('online', () => {
    offline.value = false
    if (answering.value) regained.emit(null)
    else void look(FIRST_PROBE_MS)
  })

  return {
    offline: readonly(offline),
    reachable: computed(() => !offline.value && answering.value),
    onBack: regained.on,
    interceptor: (next) => async (request) => {
      try {
        const answer = await next(request)
        back()
        return answer
      } catch (error) {
        const { code, reason } = problemOf(error)
        // Our services name a reason; an answer without one comes from on the way to them.
        if (code === Code.Unavailable && reason === '') lost()
        else if (code !== Code.Canceled && code !== Code.DeadlineExceeded) back()
        throw error
      }
    },
  }
}

export function useConnection(): Connection {
  return need(connectionKey)
}

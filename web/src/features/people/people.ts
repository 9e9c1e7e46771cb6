import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useClients } from '@/api/clients'
import { problemOf, type Problem } from '@/api/problem'
import type { User } from '@/gen/user_pb'

/** Everybody, by name, page by page; or those alone whose name or address begins with `who`. */
export interface People {
  readonly people: Readonly<ShallowRef<readonly User[]>>
  readonly loading: Readonly<Ref<boolean>>
  readonly loaded: Readonly<Ref<boolean>>
  readonly complete: Readonly<Ref<boolean>>
  readonly problem: Readonly<ShallowRef<Problem | null>>
  load: () => Promise<void>
  more: () => Promise<void>
  put: (person: User) => void
  drop: (id: string) => void
}

const PAGE = 100
const MOST_FOUND = 20

export function usePeople(who: () => string = () => ''): People {
  const { users } = useClients()
  const people = shallowRef<readonly User[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const complete = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let token = ''

  async function page(pageToken: string, before: readonly User[]): Promise<void> {
    if (loading.value) return
    loading.value = true
    const prefix = who()
    try {
      const answer = prefix
        ? { users: (await users.searchUsers({ prefix, limit: MOST_FOUND })).users, nextPageToken: '' }
        : await users.listUsers({ pageSize: PAGE, pageToken, orderBy: 'username' })
      people.value = [...before, ...answer.users]
      token = answer.nextPageToken
      complete.value = token === ''
      loaded.value = true
      problem.value = null
    } catch (error) {
      problem.value = problemOf(error)
    } finally {
      loading.value = false
    }
    // Others were asked for meanwhile.
    if (who() !== prefix) await page('', [])
  }

  return {
    people,
    loading,
    loaded,
    complete,
    problem,
    load: () => page('', []),
    more: () => page(token, people.value),
    put(person) {
      const others = people.value.filter(({ id }) => id !== person.id)
      people.value = [...others, person].sort((one, other) => (one.username.toLowerCase() < other.username.toLowerCase() ? -1 : 1))
    },
    drop(id) {
      people.value = people.value.filter((person) => person.id !== id)
    },
  }
}

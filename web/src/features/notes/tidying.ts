import { onBeforeUnmount, watch } from 'vue'
import { useDeleting } from '@/features/deleting/deleting'
import { useIdentity } from '@/features/identity/identity'
import { useSaving } from '@/features/saving/saving'
import { isBlank, type Note } from './note'
import type { OpenNote } from './open-note'

/** A note that is left with neither title nor text is not kept. */
export function useTidying(open: OpenNote): void {
  const saving = useSaving()
  const deleting = useDeleting()
  const { me } = useIdentity()
  let last: { id: string; blank: boolean; note: Note | null } | null = null

  watch(
    [open.id, open.texts, open.note],
    ([id, texts, note]) => {
      if (last && last.id !== id) tidy()
      last = { id, blank: texts !== null && isBlank(texts), note }
    },
    { immediate: true, flush: 'sync' },
  )
  onBeforeUnmount(tidy)

  function tidy(): void {
    if (!last?.blank || deleting.removals.has(last.id)) return
    const { id, note } = last
    const draft = saving.drafts.get(id)
    if (draft && !draft.base && !draft.sent) void saving.discard(id)
    else if (me.value && note?.owner.id === me.value.id && open.status.value !== 'missing') void deleting.remove(id, me.value.id, '')
  }
}

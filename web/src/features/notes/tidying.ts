import { onBeforeUnmount, watch } from 'vue'
import { useDeleting } from '@/features/deleting/deleting'
import type { NoteDocument } from '@/features/document/document'
import { useDocuments } from '@/features/document/documents'
import { useIdentity } from '@/features/identity/identity'
import type { NoteSummary } from './note'
import type { OpenNote } from './open-note'

/** A note that is left with neither title nor text is not kept. */
export function useTidying({ document, note }: OpenNote): void {
  const documents = useDocuments()
  const deleting = useDeleting()
  const { me } = useIdentity()
  let last: { document: NoteDocument; note: NoteSummary | null } | null = null

  watch(
    [document, note],
    ([next, known]) => {
      if (last && last.document !== next) tidy(last.document, last.note)
      last = { document: next, note: known }
    },
    { immediate: true, flush: 'sync' },
  )
  onBeforeUnmount(() => {
    if (last) tidy(last.document, last.note)
  })

  function tidy(left: NoteDocument, known: NoteSummary | null): void {
    if (!left.begun || !left.blank.value || deleting.removals.has(left.id)) return
    if (!left.base && !left.sent) void documents.discard(left.id)
    else if (me.value && known?.owner.id === me.value.id && left.status.value !== 'missing') void deleting.remove([{ id: left.id, title: '' }], me.value.id)
  }
}

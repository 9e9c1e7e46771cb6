import type { Saving } from './saving'

/** Keeps and sends what still can be when the page is put away, and asks before text goes that could not be kept. */
export function warnBeforeLoss(saving: Saving): void {
  window.addEventListener('pagehide', () => saving.leave())
  // On its way up from the document, so that the editor has handed over its text before.
  window.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') return
    saving.leave()
    for (const noteId of saving.drafts.keys()) if (!saving.attempts.has(noteId)) void saving.flush(noteId)
  })
  window.addEventListener('beforeunload', (event) => {
    if (saving.unkept.size > 0) event.preventDefault()
  })
}

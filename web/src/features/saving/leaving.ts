import type { Saving } from './saving'

/** Sends what can still be sent when the page is put away, and asks before text goes that could not be kept. */
export function warnBeforeLoss(saving: Saving): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') return
    for (const noteId of saving.drafts.keys()) if (!saving.attempts.has(noteId)) void saving.flush(noteId)
  })
  window.addEventListener('beforeunload', (event) => {
    if (saving.unkept.size > 0) event.preventDefault()
  })
}

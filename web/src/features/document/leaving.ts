import type { Documents } from './documents'

/** Keeps and sends what still can be when the page is put away, and asks before text goes that could not be kept. */
export function warnBeforeLoss({ unsaved, leave, flush }: Documents): void {
  window.addEventListener('pagehide', leave)
  window.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') return
    leave()
    for (const [noteId, { attempt }] of unsaved) if (attempt.value.phase === 'waiting') void flush(noteId)
  })
  window.addEventListener('beforeunload', (event) => {
    if ([...unsaved.values()].some(({ kept }) => !kept.value)) event.preventDefault()
  })
}

const RELOADED = 'notewire.reloaded'
const ONCE_IN_MS = 60_000

/** Lets the service worker keep the app's files; browsers have one in secure contexts only, Vite's server has none. */
export function keepShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  window.addEventListener('load', () => {
    // Without it the app works as long as the server answers.
    void navigator.serviceWorker.register('/service-worker.js').catch(() => undefined)
  })
  // A chunk of an older version may be gone; the page that asks for it begins anew, and finds every draft.
  window.addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(window.sessionStorage.getItem(RELOADED) ?? 0) < ONCE_IN_MS) return
    window.sessionStorage.setItem(RELOADED, String(Date.now()))
    event.preventDefault()
    window.location.reload()
  })
}

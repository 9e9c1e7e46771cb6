import { grantedStorage } from '@/storage/web-storage'

const RELOADED = 'notewire.reloaded'
const ONCE_IN_MS = 60_000
/** Long enough to draw what has just come. */
const AFTER_MS = 200

/**
 * Lets the service worker keep the app's files, once the first screen has no more need of the processor and the network.
 * Browsers have one in secure contexts only, Vite's server has none.
 */
export function keepShell(firstScreen: Promise<unknown>): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  // Without it the app works as long as the server answers.
  const register = (): void => void navigator.serviceWorker.register('/service-worker.js').catch(() => undefined)
  const later = (): void => void setTimeout(register, AFTER_MS)
  void firstScreen.then(later, later)
  window.addEventListener('vite:preloadError', () => void beginAnew())
}

/** A file of an older version may be gone; the page that asks for it begins anew where it can, and finds every draft. */
async function beginAnew(): Promise<void> {
  const storage = grantedStorage('sessionStorage')
  // A page that cannot remember that it began anew would do so for ever.
  if (!storage || Date.now() - Number(storage.getItem(RELOADED) ?? 0) < ONCE_IN_MS) return
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null)
  if (!answer?.ok) return
  storage.setItem(RELOADED, String(Date.now()))
  window.location.reload()
}

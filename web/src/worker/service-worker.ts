// Keeps the app's files on the device, so that it opens while the server is out of reach. Calls never pass through it.
declare const self: ServiceWorkerGlobalScope
declare const SHELL_FILES: readonly string[]
declare const SHELL_VERSION: string

const PREFIX = 'shell-'
const CURRENT = `${PREFIX}${SHELL_VERSION}`
const DOOR_PATIENCE_MS = 1500

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([forgetOlderShells(), self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const address = new URL(request.url)
  if (request.method !== 'GET' || address.origin !== self.location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (SHELL_FILES.includes(address.pathname)) event.respondWith(file(request))
  else if (address.pathname.startsWith('/assets/')) event.respondWith(file(request))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(CURRENT)
  await cache.addAll(SHELL_FILES.map((path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' })))
  await self.skipWaiting()
}

/** A page that is still open may yet load a chunk of the version before, so one older version stays. */
async function forgetOlderShells(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CURRENT)
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)))
}

/** The newest page when the door answers soon, else the kept one. */
async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(CURRENT)).match('/')
  if (!kept) return fetch(request)
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(DOOR_PATIENCE_MS) })
    return fresh.ok ? fresh : kept
  } catch {
    return kept
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(CURRENT)).put(request, answer.clone())
  return answer
}

export {}

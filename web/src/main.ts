import { createApp } from 'vue'
import { clientsKey, createClients } from '@/api/clients'
import { createBridgeTransport } from '@/api/transport'
import App from '@/app/App.vue'
import { createDesks, desksKey } from '@/app/desk'
import { createAppRouter } from '@/app/router'
import { appearanceKey, createAppearance } from '@/features/appearance/appearance'
import { connectionKey, createConnection } from '@/features/connection/connection'
import { keepShell } from '@/features/connection/shell'
import { createIdentity, identityKey } from '@/features/identity/identity'
import { placeOf } from '@/features/notes/list-place'
import { openStorage } from '@/storage/web-storage'
import '@/styles/main.css'

// The composition root: everything that lives as long as the page is made here and handed down by its key.
const connection = createConnection(async () => (await fetch('/health', { cache: 'no-store' })).ok)
const clients = createClients(createBridgeTransport([connection.interceptor]))
const storage = openStorage('localStorage')
const identity = createIdentity(storage)
const desks = createDesks(clients, connection, storage)
const router = createAppRouter()
const desk = identity.me.value && desks.of(identity.me.value)

const app = createApp(App)
  .provide(clientsKey, clients)
  .provide(connectionKey, connection)
  .provide(identityKey, identity)
  .provide(appearanceKey, createAppearance(storage))
  .provide(desksKey, desks)
  .use(router)

// The list is on its way while the app is being drawn.
const firstList = router.isReady().then(async () => {
  const { name, query } = router.currentRoute.value
  if (name === 'notes') await desk?.lists.of(placeOf(query)).load()
})
keepShell(firstList)

// What is kept on this device is known before the first note is shown.
await desk?.ready
app.mount('#app')

import { uuidv7 } from 'uuidv7'
import { createApp } from 'vue'
import { clientsKey, createClients } from '@/api/clients'
import { createBridgeTransport } from '@/api/transport'
import App from '@/app/App.vue'
import { createAppRouter } from '@/app/router'
import { appearanceKey, createAppearance } from '@/features/appearance/appearance'
import { connectionKey, createConnection } from '@/features/connection/connection'
import { keepShell } from '@/features/connection/shell'
import { createDeleting, deletingKey } from '@/features/deleting/deleting'
import { createIdentity, identityKey } from '@/features/identity/identity'
import { placeOf } from '@/features/notes/list-place'
import { createLists, listsKey } from '@/features/notes/lists'
import { keptNotesKey } from '@/features/notes/open-note'
import { createDraftStore } from '@/features/saving/draft-store'
import { createDrafts } from '@/features/saving/drafts'
import { createSaving, savingKey } from '@/features/saving/saving'
import { createSending } from '@/features/saving/sending'
import { createLastWords } from '@/features/saving/last-words'
import { warnBeforeLoss } from '@/features/saving/leaving'
import { createWindows } from '@/features/saving/windows'
import { openDatabase } from '@/storage/database'
import { createKeptNotes } from '@/storage/kept-notes'
import { createKeptRemovals } from '@/storage/kept-removals'
import { openStorage } from '@/storage/web-storage'
import '@/styles/main.css'

// The composition root: everything that lives as long as the page is made here and handed down by its key.
const connection = createConnection(async () => (await fetch('/health', { cache: 'no-store' })).ok)
const clients = createClients(createBridgeTransport([connection.interceptor]))
const windows = createWindows()
const database = openDatabase()
const storage = openStorage('localStorage')
const kept = createKeptNotes(database)
const drafts = createDrafts(createDraftStore(database))
const saving = createSaving(drafts, createSending(clients, drafts), windows, createLastWords(storage, uuidv7()))
const deleting = createDeleting(clients, createKeptRemovals(database), saving, windows)
const lists = createLists(clients, kept, saving, deleting, connection)
const identity = createIdentity(storage)
const router = createAppRouter()

connection.onBack(() => {
  saving.retryAll()
  deleting.retryAll()
})
warnBeforeLoss(saving)

const app = createApp(App)
  .provide(clientsKey, clients)
  .provide(connectionKey, connection)
  .provide(identityKey, identity)
  .provide(appearanceKey, createAppearance(storage))
  .provide(keptNotesKey, kept)
  .provide(savingKey, saving)
  .provide(deletingKey, deleting)
  .provide(listsKey, lists)
  .use(router)

// The list is on its way while the app is being drawn.
const firstList = router.isReady().then(async () => {
  const { name, query } = router.currentRoute.value
  if (identity.me.value && name === 'notes') await lists.of(identity.me.value, placeOf(query)).load()
})
keepShell(firstList)

// What is kept on this device is known before the first note is shown.
await Promise.all([saving.start(), deleting.start()])
app.mount('#app')

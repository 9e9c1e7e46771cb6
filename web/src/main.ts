import { createApp } from 'vue'
import { clientsKey, createClients } from '@/api/clients'
import { createBridgeTransport } from '@/api/transport'
import App from '@/app/App.vue'
import { createIdentity, identityKey } from '@/features/identity/identity'
import '@/styles/main.css'

createApp(App)
  .provide(clientsKey, createClients(createBridgeTransport()))
  .provide(identityKey, createIdentity(window.localStorage))
  .mount('#app')

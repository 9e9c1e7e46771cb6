import { createClient, type Client, type Transport } from '@connectrpc/connect'
import type { InjectionKey } from 'vue'
import { NoteService } from '@/gen/note_pb'
import { UserService } from '@/gen/user_pb'
import { need } from '@/app/need'

/** The two services as the browser sees them. */
export interface Clients {
  readonly users: Client<typeof UserService>
  readonly notes: Client<typeof NoteService>
}

export const clientsKey: InjectionKey<Clients> = Symbol('clients')

export function createClients(transport: Transport): Clients {
  return { users: createClient(UserService, transport), notes: createClient(NoteService, transport) }
}

export function useClients(): Clients {
  return need(clientsKey)
}

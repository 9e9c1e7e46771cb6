import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect'
import { createClients, type Clients } from '@/api/clients'
import { ErrorInfoSchema } from '@/gen/google/rpc/error_details_pb'
import { NoteSchema, NoteService, NoteView, type Note } from '@/gen/note_pb'

/** What the note service does, as its contract says, for one note or a few. */
export interface NoteServer {
  readonly clients: Clients
  readonly notes: Map<string, Note>
  /** Calls that changed something, in order. */
  readonly calls: string[]
  /** Fails the next calls before they do anything. */
  refuse: (times: number, code?: Code) => void
  /** Does the next change but loses its answer. */
  loseAnswer: () => void
  /** Somebody else changes the note. */
  changeElsewhere: (id: string, texts: { title?: string; content?: string }) => void
}

export function createNoteServer(): NoteServer {
  const notes = new Map<string, Note>()
  const calls: string[] = []
  let refusals = 0
  let refusal = Code.Unavailable
  let losing = false

  function begin(call: string): void {
    if (refusals > 0) {
      refusals--
      throw new ConnectError(refusal === Code.Unavailable ? 'no healthy upstream' : 'no such text', refusal)
    }
    calls.push(call)
  }

  function answer(note: Note): Note {
    notes.set(note.id, note)
    if (losing) {
      losing = false
      throw new ConnectError('upstream reset', Code.Unavailable)
    }
    return note
  }

  function existing(id: string): Note {
    const note = notes.get(id)
    if (!note || note.deletedAt > 0n) throw new ConnectError('note not found', Code.NotFound)
    return note
  }

  const transport = createRouterTransport(({ service }) => {
    service(NoteService, {
      createNote({ id, title, content, userId }) {
        begin('create')
        const known = notes.get(id)
        if (known) {
          if (known.title === title && known.content === content) return known
          throw new ConnectError('note already exists', Code.AlreadyExists)
        }
        return answer(create(NoteSchema, { id, title, content, userId, version: 1n, createdAt: 1n, updatedAt: 1n }))
      },
      getNote: ({ id }) => existing(id),
      updateNote({ id, title, content, expectedVersion }) {
        begin('update')
        const note = existing(id)
        if (expectedVersion !== 0n && expectedVersion !== note.version) {
          const value = create(ErrorInfoSchema, { reason: 'STALE_VERSION', domain: 'notewire' })
          throw new ConnectError('the note has changed', Code.Aborted, undefined, [{ desc: ErrorInfoSchema, value }])
        }
        return answer({ ...note, title: title ?? note.title, content: content ?? note.content, version: note.version + 1n })
      },
      deleteNote({ id }) {
        begin('delete')
        notes.set(id, { ...existing(id), deletedAt: 1n })
        return { success: true }
      },
      undeleteNote({ id }) {
        begin('undelete')
        const note = notes.get(id)
        if (!note) throw new ConnectError('note not found', Code.NotFound)
        return answer({ ...note, deletedAt: 0n, version: note.version + 1n })
      },
      listNotesByUser({ pageSize, pageToken, view }) {
        begin('list')
        const all = [...notes.values()].filter((note) => note.deletedAt === 0n)
        const start = Number(pageToken || 0)
        const page = all.slice(start, start + pageSize)
        return {
          notes: view === NoteView.BASIC ? page.map((note) => ({ ...note, content: '', contentOmitted: true })) : page,
          total: all.length,
          nextPageToken: start + pageSize < all.length ? String(start + pageSize) : '',
        }
      },
    })
  })

  return {
    clients: createClients(transport),
    notes,
    calls,
    refuse: (times, code = Code.Unavailable) => {
      refusals = times
      refusal = code
    },
    loseAnswer: () => {
      losing = true
    },
    changeElsewhere: (id, texts) => {
      const note = existing(id)
      notes.set(id, { ...note, ...texts, version: note.version + 1n })
    },
  }
}

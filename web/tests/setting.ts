import 'fake-indexeddb/auto'
import { uuidv7 } from 'uuidv7'
import { expect, vi } from 'vitest'
import { computed } from 'vue'
import type { NoteDocument } from '@/features/document/document'
import { createDocuments, type Documents } from '@/features/document/documents'
import { createDrafts } from '@/features/document/draft-store'
import { createLastWords } from '@/features/document/last-words'
import { changesBetween } from '@/features/document/merge'
import { saveStateOf } from '@/features/document/save-state'
import { createSending } from '@/features/document/sending'
import { noteOf } from '@/features/notes/note'
import { openDatabase } from '@/storage/database'
import { createBrowser } from './browser-windows'
import { createNoteServer } from './note-server'

export const TIMES = { pauseMs: 5, longestMs: 40, firstRetryMs: 5, longestRetryMs: 20 }
/** For windows that leave sending to others. */
export const NEVER = { ...TIMES, pauseMs: 1e6, longestMs: 1e6 }
export const ONLINE = { offline: computed(() => false) }

/** A browser with windows, and a server that they reach. */
export class Setting {
  readonly server = createNoteServer()
  readonly drafts = createDrafts(openDatabase(uuidv7()))
  private newWindow = createBrowser()

  constructor() {
    localStorage.clear()
  }

  openWindow(times = TIMES, windows = this.newWindow(), drafts = this.drafts): Documents {
    return createDocuments(drafts, createSending(this.server.clients, drafts, 'me'), windows, createLastWords(localStorage, 'me', uuidv7()), times)
  }

  /** The windows of before hear and tell nothing any more. */
  closeWindows(): void {
    this.newWindow = createBrowser()
  }

  /** What the server has of a note. */
  kept(id: string): string | undefined {
    return this.server.notes.get(id)?.content
  }

  async saved(document: NoteDocument, content: string): Promise<void> {
    await vi.waitFor(() => expect([this.kept(document.id), document.content, stateOf(document)]).toEqual([content, content, 'saved']))
  }

  async existing(documents: Documents, content = 'first'): Promise<NoteDocument> {
    const document = documents.create(uuidv7(), { title: 'Title', content })
    await this.saved(document, content)
    return document
  }

  /** The note as a pane of the window opens it. */
  async opened(documents: Documents, id: string): Promise<NoteDocument> {
    const document = documents.of(id)
    documents.hear(noteOf(await this.server.clients.notes.getNote({ id })))
    await vi.waitFor(() => expect(document.begun).toBe(true))
    return document
  }
}

export function stateOf(document: NoteDocument): string {
  return saveStateOf(document, 1, ONLINE).kind
}

/** Types so that this text comes of it. */
export function write(document: NoteDocument, content: string): void {
  document.dispatch({ changes: changesBetween(document.state.value.doc, content) })
}

import 'fake-indexeddb/auto'
import { Code } from '@connectrpc/connect'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { computed } from 'vue'
import { noteOf, type Note } from '@/features/notes/note'
import { createDraftStore } from '@/features/saving/draft-store'
import { createDrafts, type Drafts } from '@/features/saving/drafts'
import { createLastWords } from '@/features/saving/last-words'
import { saveStateOf } from '@/features/saving/save-state'
import { createSaving, type Saving } from '@/features/saving/saving'
import { createSending } from '@/features/saving/sending'
import type { Windows } from '@/features/saving/windows'
import { openDatabase } from '@/storage/database'
import { createBrowser } from './browser-windows'
import { createNoteServer, type NoteServer } from './note-server'

const TIMES = { pauseMs: 5, longestMs: 40, firstRetryMs: 5, longestRetryMs: 20 }
const ME = 'me'
const ONLINE = { offline: computed(() => false) }

let server: NoteServer
let drafts: Drafts
let newWindow: () => Windows

function openWindow(): Saving {
  return createSaving(drafts, createSending(server.clients, drafts), newWindow(), createLastWords(localStorage, uuidv7()), TIMES)
}

function stateOf(saving: Saving, id: string): string {
  return saveStateOf(id, saving, ONLINE).kind
}

async function existingNote(saving: Saving, content = 'first'): Promise<Note> {
  const id = uuidv7()
  saving.change(id, ME, { title: 'Title', content }, null)
  await vi.waitFor(() => expect(stateOf(saving, id)).toBe('saved'))
  return noteOf(await server.clients.notes.getNote({ id }))
}

beforeEach(() => {
  server = createNoteServer()
  drafts = createDrafts(createDraftStore(openDatabase(`test-${uuidv7()}`)))
  newWindow = createBrowser()
  localStorage.clear()
})

describe('saving', () => {
  it('creates a new note, then changes it on top of the version it made', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    saving.change(note.id, ME, { title: 'Title', content: 'second' }, note)
    expect(stateOf(saving, note.id)).toBe('saving')
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('second'))
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('saved'))
    expect(await drafts.all()).toEqual([])
  })

  it('sends once for many keys', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    for (const end of 'abcdefgh') saving.change(note.id, ME, { title: 'Title', content: `text ${end}` }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('text h'))
    expect(server.calls).toEqual(['create', 'update'])
  })

  it('does not create a note without a word', async () => {
    const saving = openWindow()
    const id = uuidv7()
    saving.change(id, ME, { title: '', content: 'x' }, null)
    saving.change(id, ME, { title: '', content: ' ' }, null)
    await saving.flush(id)
    expect(server.calls).toEqual([])
  })

  it('says that it retries while the server is out of reach, and saves when it is back', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.refuse(1000)
    saving.change(note.id, ME, { title: 'Title', content: 'kept' }, note)
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('retrying'))
    expect((await drafts.read(note.id))?.content).toBe('kept')
    server.refuse(0)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('kept'))
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('saved'))
  })

  it('takes kept text up again after the window was closed', async () => {
    server.refuse(1000)
    const before = openWindow()
    const id = uuidv7()
    before.change(id, ME, { title: 'Written', content: 'in the dark' }, null)
    await vi.waitFor(async () => expect(await drafts.read(id)).not.toBeNull())
    server.refuse(0)
    newWindow = createBrowser()
    const after = openWindow()
    await after.start()
    expect(after.drafts.get(id)?.content).toBe('in the dark')
    await vi.waitFor(() => expect(server.notes.get(id)?.title).toBe('Written'))
  })

  it('says what the server refuses, keeps it, and tries again with the next change', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.refuse(1, Code.InvalidArgument)
    saving.change(note.id, ME, { title: 'Title', content: 'refused' }, note)
    await vi.waitFor(() => expect(saveStateOf(note.id, saving, ONLINE)).toEqual({ kind: 'refused', why: 'No such text.' }))
    expect((await drafts.read(note.id))?.content).toBe('refused')
    saving.change(note.id, ME, { title: 'Title', content: 'accepted' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('accepted'))
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('saved'))
  })

  it('keeps a text of more than 1 MiB and asks the server nothing until it is shorter', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    const longest = 'ä'.repeat(512 * 1024)
    saving.change(note.id, ME, { title: 'Title', content: `${longest}!` }, note)
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('refused'))
    expect(server.calls).toEqual(['create'])
    expect((await drafts.read(note.id))?.content).toBe(`${longest}!`)
    saving.change(note.id, ME, { title: 'Title', content: longest }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe(longest))
  })

  it('takes up what a window typed when it was closed', async () => {
    const before = openWindow()
    const note = await existingNote(before)
    server.refuse(1000)
    before.change(note.id, ME, { title: 'Title', content: 'first words' }, note)
    await before.flush(note.id)
    // As far as the writing of the first of these keys has come by then.
    for (const end of ['a', 'ab', 'abc']) before.change(note.id, ME, { title: 'Title', content: `last words ${end}` }, note)
    before.leave()
    expect(localStorage.length).toBe(1)
    server.refuse(0)
    newWindow = createBrowser()
    const after = openWindow()
    await after.start()
    expect(localStorage.length).toBe(0)
    expect(after.drafts.get(note.id)).toMatchObject({ content: 'last words abc', rival: null, base: { content: 'first' } })
    await after.flush(note.id)
    expect(server.notes.get(note.id)?.content).toBe('last words abc')
  })

  it.each(['create', 'update'])('makes neither a duplicate nor a conflict of a lost answer to %s', async (call) => {
    const saving = openWindow()
    const note = call === 'update' ? await existingNote(saving) : null
    const id = note?.id ?? uuidv7()
    server.loseAnswer()
    saving.change(id, ME, { title: 'Title', content: 'on its way' }, note)
    await vi.waitFor(() => expect(server.notes.get(id)?.content).toBe('on its way'))
    saving.change(id, ME, { title: 'Title', content: 'on its way, and on' }, note)
    await vi.waitFor(() => expect(server.notes.get(id)?.content).toBe('on its way, and on'))
    await vi.waitFor(() => expect(stateOf(saving, id)).toBe('saved'))
    expect(server.notes.size).toBe(1)
  })

  it('keeps typing that arrives while an answer is on its way', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    saving.change(note.id, ME, { title: 'Title', content: 'one' }, note)
    const sent = saving.flush(note.id)
    await vi.waitFor(() => expect(server.calls.at(-1)).toBe('update'))
    saving.change(note.id, ME, { title: 'Title', content: 'one two' }, note)
    await sent
    expect(saving.drafts.get(note.id)?.content).toBe('one two')
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('one two'))
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('saved'))
  })
})

describe('a note that was changed elsewhere', () => {
  it('shows both texts and overwrites neither', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.changeElsewhere(note.id, { content: 'theirs' })
    saving.change(note.id, ME, { title: 'Title', content: 'mine' }, note)
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('conflict'))
    expect(saving.drafts.get(note.id)).toMatchObject({ content: 'mine', rival: { content: 'theirs', from: 'server' } })
    expect(server.notes.get(note.id)?.content).toBe('theirs')
  })

  it('is resolved on top of the version that was shown', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.changeElsewhere(note.id, { content: 'theirs' })
    saving.change(note.id, ME, { title: 'Title', content: 'mine' }, note)
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('conflict'))
    await saving.resolve(note.id, { title: 'Title', content: 'both' })
    expect(server.notes.get(note.id)?.content).toBe('both')
    expect(stateOf(saving, note.id)).toBe('saved')
  })

  it('takes the other side where only the other side changed', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.changeElsewhere(note.id, { title: 'Their title' })
    saving.change(note.id, ME, { title: 'Title', content: 'mine' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)).toMatchObject({ title: 'Their title', content: 'mine' }))
  })

  it('does not mind a version that grew without new text', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    server.changeElsewhere(note.id, {})
    saving.change(note.id, ME, { title: 'Title', content: 'mine' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('mine'))
  })

  it('keeps the text of a note that was deleted', async () => {
    const saving = openWindow()
    const note = await existingNote(saving)
    await server.clients.notes.deleteNote({ id: note.id })
    saving.change(note.id, ME, { title: 'Title', content: 'late' }, note)
    await vi.waitFor(() => expect(stateOf(saving, note.id)).toBe('gone'))
    expect((await drafts.read(note.id))?.content).toBe('late')
    await server.clients.notes.undeleteNote({ id: note.id })
    await saving.retry(note.id)
    expect(server.notes.get(note.id)?.content).toBe('late')
  })
})

describe('two windows', () => {
  it('show the same text and send it once', async () => {
    const [one, other] = [openWindow(), openWindow()]
    const note = await existingNote(one)
    one.change(note.id, ME, { title: 'Title', content: 'shared' }, note)
    await vi.waitFor(() => expect(other.drafts.get(note.id)?.content ?? server.notes.get(note.id)?.content).toBe('shared'))
    await vi.waitFor(() => expect(stateOf(other, note.id)).toBe('saved'))
    expect(server.calls.filter((call) => call === 'update')).toHaveLength(1)
  })

  it('take turns without a conflict', async () => {
    const [one, other] = [openWindow(), openWindow()]
    const note = await existingNote(one)
    one.change(note.id, ME, { title: 'Title', content: 'one' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('one'))
    await vi.waitFor(() => expect([stateOf(one, note.id), stateOf(other, note.id)]).toEqual(['saved', 'saved']))
    other.change(note.id, ME, { title: 'Title', content: 'one other' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('one other'))
    await vi.waitFor(() => expect([stateOf(one, note.id), stateOf(other, note.id)]).toEqual(['saved', 'saved']))
  })

  it('keep both texts when both wrote at the same moment', async () => {
    const deaf = createBrowser()
    const [one, other] = [openWindow(), createSaving(drafts, createSending(server.clients, drafts), deaf(), createLastWords(localStorage, uuidv7()), TIMES)]
    const note = await existingNote(one)
    server.refuse(1000)
    one.change(note.id, ME, { title: 'Title', content: 'one' }, note)
    await one.flush(note.id)
    other.change(note.id, ME, { title: 'Title', content: 'other' }, note)
    await vi.waitFor(async () => expect((await drafts.read(note.id))?.rival).toMatchObject({ content: 'one', from: 'window' }))
    expect((await drafts.read(note.id))?.content).toBe('other')
    server.refuse(0)
  })

  it('send what a closed window left', async () => {
    const note = await existingNote(openWindow())
    const closed = createSaving(drafts, createSending(server.clients, drafts), newWindow(), createLastWords(localStorage, uuidv7()), { ...TIMES, pauseMs: 1e6, longestMs: 1e6 })
    closed.change(note.id, ME, { title: 'Title', content: 'left behind' }, note)
    await vi.waitFor(() => expect(server.notes.get(note.id)?.content).toBe('left behind'))
  })
})

describe('a browser that keeps nothing', () => {
  it('says so, and sends the text from the window', async () => {
    const broken = createDrafts(createDraftStore(Promise.reject(new Error('no storage'))))
    const saving = createSaving(broken, createSending(server.clients, broken), newWindow(), createLastWords(localStorage, uuidv7()), TIMES)
    const id = uuidv7()
    server.refuse(1000)
    saving.change(id, ME, { title: 'Fragile', content: 'text' }, null)
    await vi.waitFor(() => expect(stateOf(saving, id)).toBe('unkept'))
    server.refuse(0)
    await vi.waitFor(() => expect(server.notes.get(id)?.title).toBe('Fragile'))
    await vi.waitFor(() => expect(stateOf(saving, id)).toBe('saved'))
  })
})

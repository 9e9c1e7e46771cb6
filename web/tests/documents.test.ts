import { history, undo } from '@codemirror/commands'
import { Code } from '@connectrpc/connect'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { decided } from '@/features/document/draft'
import { merge, replacedLines } from '@/features/document/merge'
import { saveStateOf } from '@/features/document/save-state'
import { noteOf } from '@/features/notes/note'
import { NEVER, ONLINE, Setting, stateOf, write } from './setting'

let setting: Setting

beforeEach(() => {
  setting = new Setting()
})

describe('a document', () => {
  it('creates a new note, then changes it on top of the version it made', async () => {
    const document = await setting.existing(setting.openWindow())
    write(document, 'second')
    expect(stateOf(document)).toBe('saving')
    await setting.saved(document, 'second')
    expect(setting.server.calls).toEqual(['create', 'update'])
    expect(await setting.drafts.all()).toEqual([])
  })

  it('is sent once for many keys', async () => {
    const document = await setting.existing(setting.openWindow())
    for (const end of 'abcdefgh') write(document, `text ${end}`)
    await setting.saved(document, 'text h')
    expect(setting.server.calls).toEqual(['create', 'update'])
  })

  it('makes no note without a word', async () => {
    const documents = setting.openWindow()
    const document = documents.create(uuidv7())
    write(document, 'x')
    write(document, ' ')
    await documents.flush(document.id)
    expect(setting.server.calls).toEqual([])
  })

  it('says that it retries while the server is out of reach, and is saved when it is back', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.refuse(1000)
    write(document, 'kept')
    await vi.waitFor(() => expect(stateOf(document)).toBe('retrying'))
    expect((await setting.drafts.read(document.id))?.content).toBe('kept')
    setting.server.refuse(0)
    await setting.saved(document, 'kept')
  })

  it('is taken up again after the window was closed', async () => {
    setting.server.refuse(1000)
    const before = setting.openWindow().create(uuidv7(), { title: 'Written', content: 'in the dark' })
    await vi.waitFor(async () => expect((await setting.drafts.read(before.id))?.content).toBe('in the dark'))
    setting.server.refuse(0)
    setting.closeWindows()
    const after = setting.openWindow()
    await after.start()
    expect(after.unsaved.get(before.id)?.content).toBe('in the dark')
    await vi.waitFor(() => expect(setting.server.notes.get(before.id)?.title).toBe('Written'))
  })

  it('says what the server refuses, keeps it, and tries again with the next change', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.refuse(1, Code.InvalidArgument)
    write(document, 'refused')
    await vi.waitFor(() => expect(saveStateOf(document, 1, ONLINE)).toEqual({ kind: 'refused', why: 'No such text.' }))
    expect((await setting.drafts.read(document.id))?.content).toBe('refused')
    write(document, 'accepted')
    await setting.saved(document, 'accepted')
  })

  it('of more than 1 MiB is kept, and the server asked nothing until it is shorter', async () => {
    const document = await setting.existing(setting.openWindow())
    const longest = 'ä'.repeat(512 * 1024)
    write(document, `${longest}!`)
    await vi.waitFor(() => expect(stateOf(document)).toBe('refused'))
    expect(setting.server.calls).toEqual(['create'])
    expect((await setting.drafts.read(document.id))?.content).toBe(`${longest}!`)
    write(document, longest)
    await setting.saved(document, longest)
  })

  it('keeps what is typed while an answer is on its way', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents)
    write(document, 'one')
    const sent = documents.flush(document.id)
    await vi.waitFor(() => expect(setting.server.calls.at(-1)).toBe('update'))
    write(document, 'one two')
    await sent
    expect(document.content).toBe('one two')
    await setting.saved(document, 'one two')
  })

  it.each(['create', 'update'])('makes neither a duplicate nor a dispute of a lost answer to %s, whatever is typed since', async (call) => {
    const documents = setting.openWindow()
    const document = call === 'update' ? await setting.existing(documents) : documents.create(uuidv7())
    setting.server.loseAnswer()
    write(document, 'on its way')
    await vi.waitFor(() => expect(setting.kept(document.id)).toBe('on its way'))
    setting.server.refuse(3)
    write(document, 'on its way, and on')
    await setting.saved(document, 'on its way, and on')
    expect(setting.server.notes.size).toBe(1)
  })

  it('that went back to the old text while an answer was lost is not called saved before the server has it', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.loseAnswer()
    write(document, 'a slip')
    await vi.waitFor(() => expect(setting.kept(document.id)).toBe('a slip'))
    write(document, 'first')
    await setting.saved(document, 'first')
  })

  it('is the same after it was looked away from, with what can be undone', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents)
    document.open(() => ({ composing: false, dispatch: (spec) => document.accept([document.state.value.update(spec)]) }), history())
    write(document, 'first word')
    document.close()
    await setting.opened(documents, (await setting.existing(documents)).id)
    const again = documents.of(document.id)
    expect(again.content).toBe('first word')
    undo({ state: again.state.value, dispatch: (transaction) => again.accept([transaction]) })
    await setting.saved(again, 'first')
  })
})

describe('a note that was changed elsewhere', () => {
  it('has the changes of both where they are on different lines', async () => {
    const document = await setting.existing(setting.openWindow(), 'one\ntwo\nthree')
    setting.server.changeElsewhere(document.id, { content: 'ONE\ntwo\nthree', title: 'Their title' })
    write(document, 'one\ntwo\nthree, mine')
    await setting.saved(document, 'ONE\ntwo\nthree, mine')
    expect([document.title.value, setting.server.notes.get(document.id)?.title]).toEqual(['Their title', 'Their title'])
  })

  it('shows both texts where they are on the same lines, and overwrites neither', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.changeElsewhere(document.id, { content: 'theirs' })
    write(document, 'mine')
    await vi.waitFor(() => expect(stateOf(document)).toBe('conflict'))
    expect(document).toMatchObject({ content: 'mine', dispute: { value: { rival: { content: 'theirs' } } } })
    expect(setting.kept(document.id)).toBe('theirs')
  })

  it('goes on from what a person chose, piece by piece, with what was typed meanwhile', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents, 'one\n\nthree')
    setting.server.changeElsewhere(document.id, { content: 'ONE\n\nTHREE' })
    write(document, 'one, mine\n\nthree, mine')
    await vi.waitFor(() => expect(stateOf(document)).toBe('conflict'))
    const places = () => (document.dispute.value ? merge(document.dispute.value.base.content, document.content, document.dispute.value.rival.content).overlaps : [])
    const [first] = places()
    if (!first) throw new Error('nothing to decide')
    document.dispatch({ changes: replacedLines(document.state.value.doc, first.line, first.mine.length, first.theirs) })
    await documents.decide(document.id, (draft) => decided(draft, first))
    expect(stateOf(document)).toBe('conflict')
    write(document, `${document.content} and more`)
    const [second] = places()
    if (!second) throw new Error('nothing left to decide')
    await documents.decide(document.id, (draft) => decided(draft, second))
    await setting.saved(document, 'ONE\n\nthree, mine and more')
  })

  it('is settled at once by whoever wants so', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents)
    setting.server.changeElsewhere(document.id, { content: 'theirs' })
    write(document, 'mine')
    await vi.waitFor(() => expect(stateOf(document)).toBe('conflict'))
    await documents.decide(document.id)
    await setting.saved(document, 'mine')
  })

  it('asks no more when what is typed agrees', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.changeElsewhere(document.id, { content: 'theirs' })
    write(document, 'mine')
    await vi.waitFor(() => expect(stateOf(document)).toBe('conflict'))
    write(document, 'theirs')
    await setting.saved(document, 'theirs')
  })

  it('does not mind a version that grew without new text', async () => {
    const document = await setting.existing(setting.openWindow())
    setting.server.changeElsewhere(document.id, {})
    write(document, 'mine')
    await setting.saved(document, 'mine')
  })

  it('keeps the text of a note that was deleted', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents)
    await setting.server.clients.notes.deleteNote({ id: document.id })
    write(document, 'late')
    await vi.waitFor(() => expect(stateOf(document)).toBe('gone'))
    expect((await setting.drafts.read(document.id))?.content).toBe('late')
    await setting.server.clients.notes.undeleteNote({ id: document.id })
    await documents.retry(document.id)
    await setting.saved(document, 'late')
  })

  it('shows what the server says of it, around what is being typed', async () => {
    const documents = setting.openWindow(NEVER)
    const document = await setting.existing(setting.openWindow(), 'one\ntwo\nthree')
    const here = await setting.opened(documents, document.id)
    write(here, 'one\ntwo\nthree!')
    setting.server.changeElsewhere(document.id, { content: 'zero\none\ntwo\nthree' })
    documents.hear(noteOf(await setting.server.clients.notes.getNote({ id: document.id })))
    write(here, `${here.content}!`)
    await vi.waitFor(() => expect(here.content).toBe('zero\none\ntwo\nthree!!'))
  })
})

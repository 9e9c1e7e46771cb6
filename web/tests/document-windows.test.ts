import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createDrafts } from '@/features/document/draft-store'
import { createBrowser } from './browser-windows'
import { NEVER, Setting, stateOf, TIMES, write } from './setting'

let setting: Setting

beforeEach(() => {
  setting = new Setting()
})

describe('two windows', () => {
  it('show the same text and send it once', async () => {
    const [one, other] = [setting.openWindow(), setting.openWindow()]
    const document = await setting.existing(one)
    const beside = await setting.opened(other, document.id)
    write(document, 'shared')
    await vi.waitFor(() => expect(beside.content).toBe('shared'))
    await setting.saved(beside, 'shared')
    await setting.saved(document, 'shared')
    expect(setting.server.calls.filter((call) => call === 'update')).toHaveLength(1)
  })

  it('take turns, and write at the same moment, without a dispute', async () => {
    const [one, other] = [setting.openWindow(), setting.openWindow()]
    const document = await setting.existing(one)
    const beside = await setting.opened(other, document.id)
    write(document, 'first, one')
    await setting.saved(beside, 'first, one')
    write(beside, 'and first, one')
    write(document, 'first, one, two')
    await setting.saved(beside, 'and first, one, two')
    await setting.saved(document, 'and first, one, two')
  })

  it('hold every letter that both type into one word', async () => {
    const [one, other] = [setting.openWindow(), setting.openWindow()]
    const document = await setting.existing(one, '-')
    const beside = await setting.opened(other, document.id)
    for (let count = 0; count < 40; count++) {
      document.dispatch({ changes: { from: 0, insert: 'a' } })
      beside.dispatch({ changes: { from: beside.state.value.doc.length, insert: 'b' } })
      await new Promise((go) => setTimeout(go, count % 4))
    }
    const all = `${'a'.repeat(40)}-${'b'.repeat(40)}`
    await setting.saved(document, all)
    await setting.saved(beside, all)
  })

  it('meet even if one did not hear of the other', async () => {
    const deaf = createBrowser()
    const [one, other] = [setting.openWindow(), setting.openWindow(TIMES, deaf())]
    const document = await setting.existing(one)
    const beside = await setting.opened(other, document.id)
    setting.server.refuse(1000)
    write(document, 'first, one')
    await one.flush(document.id)
    write(beside, 'other, first')
    await vi.waitFor(() => expect(beside.content).toBe('other, first, one'))
    setting.server.refuse(0)
    await vi.waitFor(() => expect(setting.kept(document.id)).toBe('other, first, one'))
  })

  it('send what a closed window left', async () => {
    const document = await setting.existing(setting.openWindow())
    const closed = await setting.opened(setting.openWindow(NEVER), document.id)
    write(closed, 'left behind')
    await vi.waitFor(() => expect(setting.kept(document.id)).toBe('left behind'))
  })

  it('both give up what one of them gave up', async () => {
    const [one, other] = [setting.openWindow(NEVER), setting.openWindow(NEVER)]
    const document = one.create(uuidv7(), { title: 'Title', content: 'first' })
    const { id } = document
    await one.flush(id)
    const beside = await setting.opened(other, id)
    write(document, 'a slip')
    await vi.waitFor(() => expect(beside.content).toBe('a slip'))
    await one.discard(id)
    await vi.waitFor(() => expect([beside.content, stateOf(beside)]).toEqual(['first', 'saved']))
    expect(await setting.drafts.read(id)).toBeNull()
  })
})

describe('a window that closes', () => {
  it.each([1, 5000])('leaves its last keys to the next one, in a text of %i lines', async (lines) => {
    const before = setting.openWindow()
    const start = 'A line.\n'.repeat(lines)
    const document = await setting.existing(before, start)
    setting.server.refuse(1000)
    write(document, `first words\n${start}`)
    await before.flush(document.id)
    // As far as the writing of the first of these keys has come by then.
    for (const end of ['a', 'ab', 'abc']) write(document, `last words ${end}\n${start}`)
    before.leave()
    expect(localStorage.length).toBe(1)
    setting.server.refuse(0)
    setting.closeWindows()
    const after = setting.openWindow()
    await after.start()
    expect(localStorage.length).toBe(0)
    const again = after.unsaved.get(document.id)
    expect(again?.content).toBe(`last words abc\n${start}`)
    expect(again?.dispute.value).toBeNull()
    await after.flush(document.id)
    expect(setting.kept(document.id)).toBe(`last words abc\n${start}`)
  })

  it('that lived on has nothing left to say', async () => {
    const documents = setting.openWindow()
    const document = await setting.existing(documents)
    write(document, 'more')
    documents.leave()
    expect(localStorage.length).toBe(1)
    await setting.saved(document, 'more')
    write(document, 'more and more')
    await setting.saved(document, 'more and more')
    expect(localStorage.length).toBe(0)
  })
})

describe('a browser that keeps nothing', () => {
  it('says so, and sends the text from the window', async () => {
    const broken = createDrafts(Promise.reject(new Error('no storage')))
    setting.server.refuse(1000)
    const document = setting.openWindow(TIMES, createBrowser()(), broken).create(uuidv7(), { title: 'Fragile', content: 'text' })
    await vi.waitFor(() => expect(stateOf(document)).toBe('unkept'))
    setting.server.refuse(0)
    await setting.saved(document, 'text')
    expect(setting.server.notes.get(document.id)?.title).toBe('Fragile')
  })
})

import 'fake-indexeddb/auto'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '@/features/document/draft'
import { createDrafts, type Drafts } from '@/features/document/draft-store'
import { openDatabase, type Database } from '@/storage/database'

const base = { title: 'Title', content: 'first', version: 1n }
const draft: Draft = { noteId: 'note', title: 'Title', content: 'second', base, sent: null, rival: null, revision: 'r1', writes: {}, changedAt: Date.now() }

let database: Promise<Database>
let drafts: Drafts

beforeEach(() => {
  database = openDatabase(uuidv7())
  drafts = createDrafts(database)
})

describe('drafts', () => {
  it('are there for another window', async () => {
    await drafts.update('note', () => draft)
    expect(await createDrafts(database).all()).toEqual([draft])
  })

  it('write what they stand on only when that changes', async () => {
    await drafts.update('note', () => draft)
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    await drafts.update('note', (kept) => kept && { ...kept, content: 'third' })
    expect(put.mock.contexts.map((store) => (store as IDBObjectStore).name)).toEqual(['drafts'])
    await drafts.update('note', (kept) => kept && { ...kept, sent: { title: 'Title', content: 'third' } })
    expect(put.mock.contexts.map((store) => (store as IDBObjectStore).name)).toEqual(['drafts', 'drafts', 'grounds'])
    put.mockRestore()
    expect(await drafts.read('note')).toMatchObject({ content: 'third', sent: { content: 'third' }, base })
  })

  it('of one person are not those of another', async () => {
    await drafts.update('note', () => draft)
    expect(await createDrafts(openDatabase(uuidv7())).all()).toEqual([])
  })

  it('that the server has are not shown, and go after a while', async () => {
    await drafts.update('old', () => ({ ...draft, noteId: 'old', content: 'first', changedAt: Date.now() - 120_000 }))
    await drafts.update('new', () => ({ ...draft, noteId: 'new', content: 'first' }))
    expect(await drafts.all()).toEqual([])
    await vi.waitFor(async () => expect(await (await database).getAllKeys('drafts')).toEqual(['new']))
  })

  it('stay whole in the window when the storage is full', async () => {
    await drafts.update('note', () => ({ ...draft, sent: { title: 'Title', content: 'second' } }))
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await drafts.update('note', (kept) => kept && { ...kept, content: 'third' })
    put.mockRestore()
    expect(drafts.isKept('note')).toBe(false)
    expect(await drafts.read('note')).toMatchObject({ content: 'third', sent: { content: 'second' } })
    await drafts.update('note', (kept) => kept && { ...kept, content: 'fourth' })
    expect(drafts.isKept('note')).toBe(true)
    expect(await createDrafts(database).read('note')).toMatchObject({ content: 'fourth', sent: { content: 'second' } })
  })
})

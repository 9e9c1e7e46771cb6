import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createDrafts, type Drafts } from '@/features/document/draft-store'
import { adoptEarlier } from '@/features/document/earlier'
import { openDatabase } from '@/storage/database'
import { createKeptRemovals, type KeptRemovals } from '@/storage/kept-removals'

const LONG = 'A long text. '.repeat(3000)
const base = { title: 'Old', content: 'old', version: 3n }
const record = { title: 'Old', content: 'typed', base, sent: null, rival: null, revision: 'r', changedAt: 1, settled: false, writer: 'w' }

let drafts: Drafts
let removals: KeptRemovals

/** What 0.1.0 left in this browser, of two people. */
async function leave(...all: object[]): Promise<void> {
  await deleteDB('notewire')
  const earlier = await openDB('notewire', 2, {
    upgrade(database) {
      database.createObjectStore('texts')
      for (const [name, keyPath] of [['drafts', 'noteId'], ['removals', 'noteId'], ['notes', 'id'], ['lists', 'key']] as const) database.createObjectStore(name, { keyPath })
    },
  })
  for (const draft of all) await earlier.put('drafts', { ...record, personId: 'me', ...draft })
  await earlier.put('texts', LONG, 'long')
  await earlier.put('removals', { noteId: 'away', personId: 'me', wanted: 'deleted', at: 1 })
  earlier.close()
}

const adopt = (): Promise<void> => adoptEarlier('me', drafts, removals, localStorage)

beforeEach(() => {
  localStorage.clear()
  const database = openDatabase(uuidv7())
  drafts = createDrafts(database)
  removals = createKeptRemovals(database)
})

describe('what an earlier release kept', () => {
  it('is taken over, each person their own, and once', async () => {
    await leave({ noteId: 'mine', content: { id: 'long' } }, { noteId: 'theirs', personId: 'you' }, { noteId: 'done', settled: true, title: '', content: '' })
    await adopt()
    expect(await drafts.all()).toMatchObject([{ noteId: 'mine', title: 'Old', content: LONG, base }])
    expect(await removals.all()).toMatchObject([{ noteId: 'away' }])
    await drafts.update('mine', () => null)
    await adopt()
    expect(await drafts.all()).toEqual([])
    const other = createDrafts(openDatabase(uuidv7()))
    await adoptEarlier('you', other, removals, localStorage)
    expect(await other.all()).toMatchObject([{ noteId: 'theirs', content: 'typed' }])
    // Nothing is left for anybody.
    await vi.waitFor(async () => expect((await indexedDB.databases()).some(({ name }) => name === 'notewire')).toBe(false))
  })

  it('stays undecided where it was, and loses no text of another window', async () => {
    await leave(
      { noteId: 'disputed', rival: { title: 'Old', content: 'theirs', version: 4n, from: 'server' } },
      { noteId: 'twice', rival: { title: 'Old', content: 'in another window', version: 3n, from: 'window' } },
    )
    await adopt()
    const all = await drafts.all()
    expect(all.find(({ noteId }) => noteId === 'disputed')).toMatchObject({ content: 'typed', rival: { content: 'theirs', version: 4n } })
    expect(all.find(({ noteId }) => noteId === 'twice')).toMatchObject({ content: 'typed', rival: null })
    expect(all.find(({ title }) => title === 'Old (another window)')).toMatchObject({ content: 'in another window', base: null })
  })

  it('has the last words of a closed window', async () => {
    await leave({ noteId: 'mine' })
    const words = { noteId: 'mine', personId: 'me', texts: { title: 'Old', content: 'typed last' }, base: { ...base, version: '3' }, seen: 'r', writer: 'w' }
    localStorage.setItem('notewire.last-words.w.mine', JSON.stringify(words))
    await adopt()
    expect(await drafts.all()).toMatchObject([{ noteId: 'mine', content: 'typed last', base }])
    expect(localStorage.length).toBe(0)
  })

  it('is nothing in a browser that is new', async () => {
    await deleteDB('notewire')
    await adopt()
    expect(await drafts.all()).toEqual([])
    expect((await indexedDB.databases()).some(({ name }) => name === 'notewire')).toBe(false)
  })
})

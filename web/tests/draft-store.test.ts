import 'fake-indexeddb/auto'
import { uuidv7 } from 'uuidv7'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDraftStore } from '@/features/saving/draft-store'
import { createDrafts, type Drafts } from '@/features/saving/drafts'
import { openDatabase, type Database } from '@/storage/database'

const LONG = 'A line of text.\n'.repeat(20_000)
const base = { title: 'Title', content: LONG, version: 1n }

let database: Promise<Database>
let drafts: Drafts

const write = (content: string, seen: string | null = null) =>
  drafts.write({ noteId: 'note', personId: 'me', texts: { title: 'Title', content }, base, seen, writer: 'this window' })
const storedTexts = async () => (await (await database).getAll('texts')).sort((one, other) => one.length - other.length)

beforeEach(() => {
  database = openDatabase(`test-${uuidv7()}`)
  drafts = createDrafts(createDraftStore(database))
})

describe('a long text', () => {
  it('is stored once, whatever names it, and only as long as something does', async () => {
    const { revision } = await write(`${LONG}more`)
    await drafts.amend('note', (kept) => ({ ...kept, sent: { title: kept.title, content: kept.content } }))
    expect(await drafts.read('note')).toMatchObject({ base: { content: LONG }, sent: { content: `${LONG}more` } })
    expect(await storedTexts()).toEqual([LONG, `${LONG}more`])
    await drafts.settle('note', revision, { ...base, content: `${LONG}more`, version: 2n })
    expect(await storedTexts()).toEqual([`${LONG}more`])
    await drafts.remove('note')
    expect(await storedTexts()).toEqual([])
  })

  it('is not written again with what stands beside it', async () => {
    await write(`${LONG}more`)
    const ids = await (await database).getAllKeys('texts')
    await drafts.amend('note', (kept) => ({ ...kept, title: 'Another title' }))
    expect(await (await database).getAllKeys('texts')).toEqual(ids)
  })

  it('is there for another window', async () => {
    await write(`${LONG}more`)
    const [kept] = await createDrafts(createDraftStore(database)).all()
    expect(kept).toMatchObject({ noteId: 'note', content: `${LONG}more`, base })
  })
})

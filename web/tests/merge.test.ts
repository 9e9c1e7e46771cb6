import { ChangeSet } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { cleanDraft, decided, rebased } from '@/features/document/draft'
import { changesBetween, merge, replacedLines, textOf } from '@/features/document/merge'

const lines = (...all: string[]): string => all.join('\n')

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function edited(text: string, next: (below: number) => number): string {
  const all = text.split('\n')
  for (let count = next(4); count >= 0; count--) {
    const line = next(all.length)
    const action = next(3)
    if (action === 0) all.splice(line, 0, `new ${next(5)}`)
    else if (action === 1 && all.length > 1) all.splice(line, 1)
    else all[line] = `${all[line] ?? ''}${next(5)}`
  }
  return all.join('\n')
}

describe('merge', () => {
  it('takes both sides where they changed different lines, next to each other too', () => {
    const base = lines('one', 'two', 'three', 'four')
    const merged = merge(base, lines('one', 'TWO', 'three', 'four', 'five'), lines('zero', 'one', 'two', 'THREE', 'four'))
    expect(merged).toEqual({ content: lines('zero', 'one', 'TWO', 'THREE', 'four', 'five'), ground: lines('zero', 'one', 'two', 'THREE', 'four'), overlaps: [] })
  })

  it('takes a change that both made once', () => {
    expect(merge('a\nb', 'a\nB\nc', 'a\nB\nc')).toMatchObject({ content: 'a\nB\nc', overlaps: [] })
  })

  it('leaves to a person what both changed in different ways, and merges the rest', () => {
    const merged = merge(lines('one', 'two', 'three', 'four'), lines('one', 'mine', 'three', 'four'), lines('ONE', 'theirs', 'three', 'FOUR'))
    expect(merged.overlaps).toEqual([{ base: ['one', 'two'], mine: ['one', 'mine'], theirs: ['ONE', 'theirs'], line: 0, groundLine: 0 }])
    expect(merged.content).toBe(lines('one', 'mine', 'three', 'FOUR'))
    expect(merged.ground).toBe(lines('one', 'two', 'three', 'FOUR'))
  })

  it('asks which of two insertions at one place comes first', () => {
    expect(merge('a\nb', 'a\nmine\nb', 'a\ntheirs\nb').overlaps).toMatchObject([{ base: [], mine: ['mine'], theirs: ['theirs'] }])
  })

  it('loses no line of either side, whatever they changed', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const next = random(seed)
      const base = Array.from({ length: 1 + next(8) }, (_, index) => (next(3) === 0 ? '' : `line ${index}`)).join('\n')
      const [mine, theirs] = [edited(base, next), edited(base, next)]
      const { content, ground, overlaps } = merge(base, mine, theirs)
      const told = `seed ${seed}: ${JSON.stringify({ base, mine, theirs, content })}`
      // On the ground only the overlaps differ from theirs, and merging again changes nothing.
      expect(merge(ground, content, theirs).content, told).toBe(content)
      expect(merge(base, theirs, mine).overlaps.length, told).toBe(overlaps.length)
      if (overlaps.length === 0) expect(ground, told).toBe(theirs)
      expect(merge(base, mine, base), told).toEqual({ content: mine, ground: base, overlaps: [] })
      expect(merge(base, base, theirs).content, told).toBe(theirs)
    }
  })

  it('is quick in a long text of many equal lines', () => {
    const base = Array.from({ length: 5000 }, (_, index) => (index % 2 ? '' : `paragraph ${index}`))
    const [mine, theirs] = [['my first', ...base, 'my last'].join('\n'), [...base.slice(0, 2500), 'theirs', ...base.slice(2500)].join('\n')]
    const start = performance.now()
    expect(merge(base.join('\n'), mine, theirs).overlaps).toEqual([])
    expect(performance.now() - start).toBeLessThan(300)
  })
})

describe('a dispute', () => {
  it.each(['mine', 'theirs', 'both'] as const)('ends when %s is chosen at each place', (choice) => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed)
      const text = Array.from({ length: 1 + next(8) }, (_, index) => (next(3) === 0 ? '' : `line ${index}`)).join('\n')
      const [base, mine, theirs] = [{ title: '', content: text, version: 1n }, edited(text, next), edited(text, next)]
      const rival = { title: '', content: theirs, version: 2n }
      let draft = rebased({ ...cleanDraft('note', base), content: mine, revision: 'typed' }, rival)
      const places = draft.rival ? merge(text, mine, theirs).overlaps.length : 0
      let steps = 0
      while (draft.rival && draft.base) {
        const [overlap] = merge(draft.base.content, draft.content, theirs).overlaps
        const told = `seed ${seed}, ${steps} of ${places}: ${JSON.stringify({ text, mine, theirs, draft: draft.content, overlap }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`
        if (!overlap) throw new Error(`nothing to decide: ${told}`)
        const lines = { mine: overlap.mine, theirs: overlap.theirs, both: [...overlap.mine, ...overlap.theirs] }[choice]
        draft = decided({ ...draft, content: changed(draft.content, overlap.line, overlap.mine.length, lines) }, overlap)
        expect(++steps, told).toBeLessThanOrEqual(places)
      }
      expect(draft.base, `seed ${seed}`).toEqual(rival)
    }
  })
})

function changed(text: string, line: number, count: number, other: readonly string[]): string {
  const doc = textOf(text)
  return ChangeSet.of(replacedLines(doc, line, count, other), doc.length).apply(doc).toString()
}

describe('replacedLines', () => {
  it.each([
    ['a\nb\nc', 1, 1, ['B', 'BB'], 'a\nB\nBB\nc'],
    ['a\nb\nc', 0, 2, [], 'c'],
    ['a\nb\nc', 1, 2, [], 'a'],
    ['a\nb\nc', 1, 0, ['x'], 'a\nx\nb\nc'],
    ['a\nb\nc', 3, 0, ['x'], 'a\nb\nc\nx'],
    ['a', 0, 1, [], ''],
  ])('in %j from %i, %i lines by %j gives %j', (text, line, count, other, result) => {
    expect(changed(text, line, count, other)).toBe(result)
  })
})

describe('changesBetween', () => {
  it('makes the other text, and touches no more than differs', () => {
    const from = textOf('one\ntwo\nthree\nfour')
    const changes = changesBetween(from, 'one\ntwo and\nthree\nfive')
    expect(changes.apply(from).toString()).toBe('one\ntwo and\nthree\nfive')
    const touched: string[] = []
    changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => touched.push(`${from.sliceString(fromA, toA)} -> ${inserted.toString()}`))
    expect(touched).toEqual([' and'].map((text) => ` -> ${text}`).concat('our -> ive'))
  })

  it('makes any text of any other', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed)
      const before = Array.from({ length: next(6) }, () => `${next(3)}`).join('\n')
      const after = edited(before, next)
      expect(changesBetween(textOf(before), after).apply(textOf(before)).toString(), `seed ${seed}`).toBe(after)
    }
  })
})

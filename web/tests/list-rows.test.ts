import { describe, expect, it } from 'vitest'
import { dayNames } from '@/app/times'
import { noteFilter } from '@/features/notes/filter'
import { rowsOf } from '@/features/notes/list-rows'

const seconds = (...parts: [number, number, number, number?]): number => new Date(parts[0], parts[1] - 1, parts[2], parts[3] ?? 12).getTime() / 1000

describe('the rows of a list', () => {
  it('have each day above its first note, and what is not loaded yet behind them', () => {
    const rows = rowsOf(['Today', 'Today', 'Yesterday'], 5)
    const all = Array.from({ length: rows.count }, (_, index) => rows.at(index))
    expect(all).toEqual([{ day: 'Today' }, { place: 0 }, { place: 1 }, { day: 'Yesterday' }, { place: 2 }, { place: 3 }, { place: 4 }])
    expect([0, 1, 2, 3, 4].map(rows.indexOf)).toEqual([1, 2, 4, 5, 6])
  })

  it('are notes alone where there are no days', () => {
    const rows = rowsOf([], 3)
    expect(rows.count).toBe(3)
    expect(rows.at(2)).toEqual({ place: 2 })
    expect(rows.indexOf(2)).toBe(2)
  })
})

describe('the day of a note', () => {
  const now = seconds(2026, 3, 10)

  it.each([
    [seconds(2026, 3, 10, 0), 'Today'],
    [seconds(2026, 3, 9, 23), 'Yesterday'],
    [seconds(2026, 3, 9, 0), 'Yesterday'],
    [seconds(2026, 3, 8), 'Last 7 days'],
    [seconds(2026, 3, 3, 0), 'Last 7 days'],
    [seconds(2026, 3, 2), 'March'],
    [seconds(2026, 1, 31), 'January'],
    [seconds(2025, 12, 31), 'December 2025'],
  ])('%d is of %s', (at, day) => {
    expect(dayNames(now)(at)).toBe(day)
  })
})

describe('the filter of notes', () => {
  const note = { title: 'Über Café', snippet: 'Milk and BREAD' }

  it('is nothing without a word', () => {
    expect(noteFilter('  ')).toBeNull()
  })

  it.each([
    ['cafe', true],
    ['bread über', true],
    ['bread butter', false],
    ['mil br', true],
  ])('takes every word, without case and accents: %s', (words, found) => {
    expect(noteFilter(words)?.(note)).toBe(found)
  })
})

import type { StateCommand } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { indentKeys } from '@/features/editor/indenting'
import { after } from './marked-text'

const [{ run: indent, shift: unindent } = {}] = indentKeys as readonly { run?: StateCommand; shift?: StateCommand }[]
if (!indent || !unindent) throw new Error('there is no key to indent')

describe('Tab in a list', () => {
  it('puts an item under the one above, where its text begins', () => {
    expect(after('- a\n- b|', indent)).toBe('- a\n  - b|')
    expect(after('1. a\n1. b|', indent)).toBe('1. a\n   1. b|')
  })

  it('leaves the first item where it is, and the caret in the text', () => {
    expect(after('- a|\n- b', indent)).toBe('- a|\n- b')
  })

  it('counts the items that it leaves and those that it joins', () => {
    expect(after('1. a\n2. b|\n3. c\n4. d', indent)).toBe('1. a\n   1. b|\n2. c\n3. d')
    expect(after('1. a\n   1. b\n2. c|\n3. d', indent)).toBe('1. a\n   1. b\n   2. c|\n2. d')
  })

  it('takes what is within an item with it', () => {
    expect(after('1. a\n2. b|\n   more of b\n\n   - in b\n3. c', indent)).toBe('1. a\n   1. b|\n      more of b\n\n      - in b\n2. c')
  })

  it('moves all items that are selected', () => {
    expect(after('- a\n- ‹b\n- c›\n- d', indent)).toBe('- a\n  - ‹b\n  - c›\n- d')
  })

  it('takes on the kind of the list that it joins', () => {
    expect(after('1. a\n   - in a\n2. b|', indent)).toBe('1. a\n   - in a\n   - b|')
  })

  it('moves tasks and lists within quotes', () => {
    expect(after('- [ ] a\n- [x] b|', indent)).toBe('- [ ] a\n  - [x] b|')
    expect(after('> 1. a\n> 2. b|\n> 3. c', indent)).toBe('> 1. a\n>    1. b|\n> 2. c')
  })

  it('leaves a list whose numbers are all the same as it is', () => {
    expect(after('1. a\n1. b\n1. c|\n1. d', indent)).toBe('1. a\n1. b\n   1. c|\n1. d')
  })

  it('keeps the number with which a list begins', () => {
    expect(after('7. a\n8. b|\n9. c', indent)).toBe('7. a\n   1. b|\n8. c')
  })

  it('moves what is within an item whose number becomes longer or shorter', () => {
    const nine = Array.from({ length: 9 }, (_, index) => `${index + 1}. x\n`).join('')
    expect(after(`${nine}10. y|\n11. z\n    - in z`, indent)).toBe(`${nine}   1. y|\n10. z\n    - in z`)
    expect(after(`${nine}10. z\n    - in z\n`.replace('2. x', '2. x|'), indent)).toContain('\n9. z\n   - in z\n')
  })

  it('does not count what is code', () => {
    expect(after('1. a\n\n   ```\n   1. code\n   ```\n2. b|', indent)).toBe('1. a\n\n   ```\n   1. code\n   ```\n   1. b|')
  })
})

describe('Shift-Tab in a list', () => {
  it('puts an item beside the one that it is under', () => {
    expect(after('- a\n  - b|', unindent)).toBe('- a\n- b|')
  })

  it('leads back from where Tab led', () => {
    const text = '1. a\n2. b|\n   - in b\n3. c'
    expect(after(text, indent, unindent)).toBe(text)
  })

  it('counts both lists', () => {
    expect(after('1. a\n   1. b|\n   2. c\n2. d', unindent)).toBe('1. a\n2. b|\n   1. c\n3. d')
  })

  it('takes on the kind of the list that it joins', () => {
    expect(after('- a\n  1. b|', unindent)).toBe('- a\n- b|')
  })

  it('leaves an outermost item where it is', () => {
    expect(after('- a\n- b|', unindent)).toBe('- a\n- b|')
  })
})

describe('Tab in code', () => {
  it('goes to the next column of two', () => {
    expect(after('```\na|\n```', indent)).toBe('```\na |\n```')
    expect(after('```\n|a\n```', indent)).toBe('```\n  |a\n```')
  })

  it('indents the lines that are selected, and less again', () => {
    expect(after('```\n‹a\nb›\n```', indent)).toBe('```\n  ‹a\n  b›\n```')
    expect(after('```\n  ‹a\n  b›\n```', unindent)).toBe('```\n‹a\nb›\n```')
  })
})

describe('Tab elsewhere', () => {
  it('is left to the browser', () => {
    const none: StateCommand = ({ state, dispatch }) => {
      if (indent({ state, dispatch })) throw new Error('Tab was taken')
      return true
    }
    expect(after('some te|xt', none)).toBe('some te|xt')
    expect(after('- a\n\n```\ncode\n```\n\nbe|hind', none)).toBe('- a\n\n```\ncode\n```\n\nbe|hind')
  })
})

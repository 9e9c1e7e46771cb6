import { describe, expect, it } from 'vitest'
import { BOLD, CODE, ITALIC, STRUCK, toggleLink, toggleMark } from '@/features/editor/marks'
import { after } from './marked-text'

const bold = toggleMark(BOLD)
const italic = toggleMark(ITALIC)
const code = toggleMark(CODE)
const struck = toggleMark(STRUCK)

describe('a mark', () => {
  it('goes around what is selected, and away again', () => {
    expect(after('a ‹b c› d', bold)).toBe('a **‹b c›** d')
    expect(after('a ‹b c› d', bold, bold)).toBe('a ‹b c› d')
    expect(after('a ‹b c› d', italic, italic)).toBe('a ‹b c› d')
    expect(after('a ‹b c› d', struck, struck)).toBe('a ‹b c› d')
    expect(after('a ‹b c› d', code, code)).toBe('a ‹b c› d')
  })

  it('goes away where it is selected with its signs', () => {
    expect(after('a ‹**b c**› d', bold)).toBe('a ‹b c› d')
  })

  it('leaves the spaces at the ends outside, where it would mark nothing', () => {
    expect(after('a‹ b › c', bold)).toBe('a‹ **b** › c')
  })

  it('goes around the word in which the caret is, and away again', () => {
    expect(after('some wo|rds here', bold)).toBe('some **wo|rds** here')
    expect(after('some wo|rds here', bold, bold)).toBe('some wo|rds here')
  })

  it('waits for what is typed next, and is gone if nothing is', () => {
    expect(after('xx |', bold)).toBe('xx **|**')
    expect(after('xx |', bold, bold)).toBe('xx |')
    expect(after('xx|', italic, italic)).toBe('xx|')
    expect(after('xx |', code, code)).toBe('xx |')
  })

  it('ends behind what was typed', () => {
    expect(after('a **b|**', bold)).toBe('a **b**|')
  })

  it('goes away from a part of what is marked, and the rest keeps it', () => {
    expect(after('**one ‹two› three**', bold)).toBe('**one** ‹two› **three**')
    expect(after('**‹one› two**', bold)).toBe('‹one› **two**')
  })

  it('is one around all where parts had it', () => {
    expect(after('‹one **two** three›', bold)).toBe('**‹one two three›**')
    expect(after('‹**one** two›', bold)).toBe('‹**one two›**')
  })

  it('goes together with others', () => {
    expect(after('‹word›', bold, italic)).toBe('***‹word›***')
    expect(after('‹word›', bold, italic, italic)).toBe('**‹word›**')
    expect(after('‹word›', bold, italic, bold)).toBe('*‹word›*')
  })

  it('goes around the text of each line, not around the signs of lists, tasks, headings and quotes', () => {
    expect(after('‹# one\n\n- [ ] two\n> three›', bold)).toBe('‹# **one**\n\n- [ ] **two**\n> **three›**')
    expect(after('‹- one\n- two›', bold, bold)).toBe('‹- one\n- two›')
  })

  it('is not put into code', () => {
    expect(after('`so|me`', bold)).toBe('`so|me`')
    expect(after('```\n‹some›\n```', bold)).toBe('```\n‹some›\n```')
  })

  it('of code holds backticks', () => {
    expect(after('‹a`b›', code)).toBe('``‹a`b›``')
    expect(after('‹`b›', code)).toBe('`` ‹`b› ``')
    expect(after('‹`b›', code, code)).toBe('‹`b›')
  })
})

describe('a link', () => {
  it('is made of what is selected, with the caret where the address goes', () => {
    expect(after('see ‹the plan› there', toggleLink)).toBe('see [the plan](|) there')
  })

  it('is made of an address, with the caret where the text goes', () => {
    expect(after('see ‹www.example.com/a› there', toggleLink)).toBe('see [|](https://www.example.com/a) there')
  })

  it('is taken away, and its text stays', () => {
    expect(after('see [the ‹plan›](https://example.com) there', toggleLink)).toBe('see the ‹plan› there')
  })
})

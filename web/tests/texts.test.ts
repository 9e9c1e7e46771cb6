import { EditorState } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { noteOf } from '@/features/notes/note'
import { snippetOf } from '@/features/notes/snippet'
import { placeOf, queryOf } from '@/features/notes/list-place'
import { belongs, overlaid, placed } from '@/features/notes/listed'
import { render } from '@/features/preview/render'
import { NoteDocument } from '@/features/document/document'
import { tick } from '@/features/editor/tick'
import { relativeTime } from '@/app/times'
import { create } from '@bufbuild/protobuf'
import { NoteSchema } from '@/gen/note_pb'
import cases from '../../tests/snippets.json'

const me = { id: 'me', username: 'mira', email: 'mira@example.com' }
const place = { scope: 'all', sort: 'changed' } as const

function note(id: string, updatedAt = 1, userId = 'me') {
  return noteOf(create(NoteSchema, { id, title: `Note ${id}`, userId, updatedAt: BigInt(updatedAt), createdAt: BigInt(updatedAt), version: 1n }))
}

function unsaved(...documents: { id: string; title: string; known: boolean }[]): Map<string, NoteDocument> {
  return new Map(
    documents.map(({ id, title, known }) => {
      const document = new NoteDocument(id)
      document.begin({ title, content: '', base: known ? { title: 'Old', content: '', version: 1n } : null, revision: 'r' })
      return [id, document]
    }),
  )
}

describe('render', () => {
  it.each([
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '[press](javascript:alert(1))',
    '![pixel](http://tracker.example/pixel.gif)',
    '<a href="data:text/html,x" style="color:red">x</a>',
  ])('shows %s without running or fetching anything', (source) => {
    const shown = document.createElement('template')
    shown.innerHTML = render(source)
    expect(shown.content.querySelector('script, img, style, [style], [onerror], [href^="javascript:"], [href^="data:"]')).toBeNull()
  })

  it('gives tasks boxes that know their line', () => {
    expect(render('# Plan\n\n- [ ] one\n- [x] two')).toMatch(/data-line="2"[^]*data-line="3"/)
  })

  it('shows pictures by https without telling from where', () => {
    const shown = render('![a "dot"](https://pictures.example/p.png) ![x](https://pictures.example/p.png"onerror="x)')
    expect(shown).toContain('referrerpolicy="no-referrer"')
    expect(shown).toContain('alt="a &quot;dot&quot;"')
    expect(shown).not.toContain(' onerror')
  })

  it('leads from a word to its footnote and back, and leaves text alone that has none', () => {
    const shown = document.createElement('template')
    shown.innerHTML = render('word[^1] [^a-z]+ [^1](https://example.com/)\n\n[^1]: once\n[^two]: https://example.com/')
    const notes = [...shown.content.querySelectorAll<HTMLElement>('.footnote')]
    expect(notes.map(({ dataset, textContent }) => [textContent, dataset.footnoteText ?? null, dataset.leadsTo])).toEqual([
      ['1', null, 'footnote-text'],
      ['1', '1', 'footnote-reference'],
      ['two', 'two', 'footnote-reference'],
    ])
    expect(shown.content.textContent).toContain('[^a-z]+')
    expect(shown.content.querySelectorAll('.footnote[target]').length).toBe(0)
  })

  it('aligns cells without style attributes', () => {
    expect(render('| a |\n| --: |\n| 1 |')).toContain('class="align-right"')
  })
})

describe('tick', () => {
  const ticked = (doc: string, line: number): string => {
    const state = EditorState.create({ doc })
    return state.update(tick(state, state.doc.line(line).from) ?? {}).state.doc.toString()
  }

  it('ticks and clears the task of one line', () => {
    const source = 'Plan\n- [ ] one\n> 1. [x] two'
    expect(ticked(source, 2)).toBe('Plan\n- [x] one\n> 1. [x] two')
    expect(ticked(source, 3)).toBe('Plan\n- [ ] one\n> 1. [ ] two')
    expect(ticked(source, 1)).toBe(source)
  })
})

describe('snippetOf', () => {
  it.each(cases)('makes of %j what the service makes: %j', (text, snippet) => {
    expect(snippetOf(text)).toBe(snippet)
  })

  it('takes the beginning', () => {
    expect(snippetOf('x'.repeat(5000))).toHaveLength(200)
    expect(snippetOf(`${' '.repeat(5000)}late`)).toBe('late')
  })
})

describe('overlaid', () => {
  it('shows what is new, and not what was moved away', () => {
    const documents = unsaved({ id: 'a', title: 'Typed', known: true }, { id: 'n1', title: 'New', known: false }, { id: 'n2', title: ' ', known: false })
    const removals = new Map([['b', { noteId: 'b', personId: 'me', wanted: 'deleted', at: 0 } as const]])
    expect(overlaid(['a', 'b', 'c'], documents, removals, place)).toEqual(['n1', 'a', 'c'])
  })

  it('keeps new notes out of what others share', () => {
    expect(overlaid([], unsaved({ id: 'n', title: 'New', known: false }), new Map(), { scope: 'shared', sort: 'changed' })).toEqual([])
  })
})

describe('placed', () => {
  it('moves a changed note to where the order wants it', () => {
    const items = [note('a', 30), note('b', 20), note('c', 10)]
    expect(placed(items, note('c', 40), 'changed', true).map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  })

  it('leaves out what lies beyond the loaded pages', () => {
    expect(placed([note('a', 30)], note('z', 1), 'changed', false)).toHaveLength(1)
    expect(placed([note('a', 30)], note('z', 1), 'changed', true)).toHaveLength(2)
  })
})

describe('belongs', () => {
  it('knows the scopes', () => {
    const theirs = { ...note('a', 1, 'you'), sharedWith: [{ ...me, since: 1 }] }
    expect(['all', 'mine', 'shared'].map((scope) => belongs(theirs, me, { ...place, scope: scope as never }))).toEqual([true, false, true])
  })
})

describe('the address', () => {
  it('names the list unless it is the usual one', () => {
    expect(queryOf(place)).toEqual({})
    expect(placeOf({ scope: 'mine', sort: 'nonsense' })).toEqual({ scope: 'mine', sort: 'changed' })
  })
})

describe('relativeTime', () => {
  it('says how long ago, then the date', () => {
    const now = Date.UTC(2026, 5, 15) / 1000
    expect(relativeTime(now - 20, now)).toBe('now')
    expect(relativeTime(now - 120, now)).toMatch(/2/)
    expect(relativeTime(now - 40 * 86400, now)).toMatch(/6|5/)
  })
})

import { EditorState } from '@codemirror/state'
import { ensureSyntaxTree } from '@codemirror/language'
import { describe, expect, it } from 'vitest'
import { markdown } from '@/features/editor/markdown'

/** The blocks that the editor finds in a text. */
function blocks(doc: string): string[] {
  const state = EditorState.create({ doc, extensions: [markdown] })
  const names: string[] = []
  for (let node = ensureSyntaxTree(state, doc.length, 5000)?.topNode.firstChild ?? null; node; node = node.nextSibling) names.push(node.name)
  return names
}

describe('the editor', () => {
  it('reads lines without a blank one between them in parts, so that a key costs as much in a long text as in a short one', () => {
    expect(blocks('A line of *text*.\n'.repeat(20))).toEqual(['Paragraph'])
    expect(blocks('A line of *text*.\n'.repeat(1000)).length).toBeGreaterThan(5)
  })

  it('keeps a long table whole', () => {
    expect(blocks(`| who | when |\n| --- | --- |\n${'| Mira | Thursday |\n'.repeat(1000)}`)).toEqual(['Table'])
  })
})

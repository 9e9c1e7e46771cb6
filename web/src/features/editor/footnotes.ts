import type { Text } from '@codemirror/state'
import { tags } from '@lezer/highlight'
import type { BlockContext, InlineContext, LeafBlock, LeafBlockParser, MarkdownConfig } from '@lezer/markdown'
import { DEFINITION, footnotesIn, REFERENCE } from '@/features/footnotes/footnotes'

function asParagraph(block: BlockContext, leaf: LeafBlock): true {
  const { start, content } = leaf
  block.addLeafElement(leaf, block.elt('Paragraph', start, start + content.length, block.parser.parseInline(content, start)))
  return true
}

/** A line by itself, which would be the definition of a link otherwise. */
const line: LeafBlockParser = {
  nextLine: (block, _line, leaf) => asParagraph(block, leaf),
  finish: asParagraph,
}

function beginsLine(inline: InlineContext, position: number): boolean {
  let at = position
  while (at > inline.offset && /[ \t>]/.test(String.fromCharCode(inline.char(at - 1)))) at--
  return at === inline.offset || inline.char(at - 1) === '\n'.charCodeAt(0)
}

export const footnotes: MarkdownConfig = {
  defineNodes: [{ name: 'Footnote' }, { name: 'FootnoteText' }, { name: 'FootnoteMark', style: tags.processingInstruction }],
  parseBlock: [{ name: 'Footnote', before: 'LinkReference', leaf: (_block, leaf) => (DEFINITION.test(leaf.content) ? line : null) }],
  parseInline: [
    {
      name: 'Footnote',
      before: 'Link',
      parse(inline, next, position) {
        if (next !== '['.charCodeAt(0)) return -1
        const text = inline.slice(position, Math.min(inline.end, position + 70))
        const definition = beginsLine(inline, position) ? DEFINITION.exec(text) : null
        const [whole] = definition ?? REFERENCE.exec(text) ?? []
        if (whole === undefined) return -1
        const end = position + whole.length
        const marks = [inline.elt('FootnoteMark', position, position + 2), inline.elt('FootnoteMark', end - (definition ? 2 : 1), end)]
        return inline.addElement(inline.elt(definition ? 'FootnoteText' : 'Footnote', position, end, marks))
      },
    },
  ],
}

const known = new WeakMap<Text, ReadonlySet<string>>()

/** The footnotes of a text, which is looked through once. */
export function footnotesOf(doc: Text): ReadonlySet<string> {
  let found = known.get(doc)
  if (!found) known.set(doc, (found = footnotesIn(doc.toString())))
  return found
}

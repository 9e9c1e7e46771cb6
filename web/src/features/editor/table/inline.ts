import { Language } from '@codemirror/language'
import { markdownLanguage } from '@codemirror/lang-markdown'
import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common'
import { MarkdownParser } from '@lezer/markdown'
import { createPicture, isPicture } from '@/features/pictures/pictures'

const { parser } = markdownLanguage
if (!(parser instanceof MarkdownParser)) throw new TypeError('the Markdown language has another parser')

const inline = parser.configure({
  remove: ['LinkReference', 'IndentedCode', 'FencedCode', 'Blockquote', 'HorizontalRule', 'BulletList', 'OrderedList', 'ATXHeading', 'HTMLBlock', 'SetextHeading', 'Table', 'TaskList'],
})

/** The Markdown of a cell, in which no line begins a block. */
export const inlineMarkdown = new Language(markdownLanguage.data, inline, [], 'inline-markdown')

const ELEMENTS: Readonly<Record<string, string>> = { StrongEmphasis: 'strong', Emphasis: 'em', Strikethrough: 's', InlineCode: 'code' }
const SIGNS = /^(EmphasisMark|StrikethroughMark|CodeMark|LinkMark|LinkTitle)$/

function pictureIn({ name, node }: SyntaxNodeRef, text: string): HTMLElement | null {
  const url = name === 'Image' ? node.getChild('URL') : null
  const address = url ? text.slice(url.from, url.to) : ''
  return isPicture(address) ? createPicture(address, /^!\[([^\]]*)/.exec(text.slice(node.from))?.[1] ?? '') : null
}

function elementOf({ name, node }: SyntaxNodeRef, text: string): HTMLElement | null {
  const known = ELEMENTS[name]
  if (known) return document.createElement(known)
  const isAddress = name === 'URL' && !isPartOfLink(node)
  if (name !== 'Link' && name !== 'Image' && !isAddress) return null
  const url = isAddress ? node : node.getChild('URL')
  const link = document.createElement('span')
  link.className = 'link'
  link.dataset.address = url ? text.slice(url.from, url.to) : ''
  return link
}

function isPartOfLink({ parent }: SyntaxNode): boolean {
  return parent?.name === 'Link' || parent?.name === 'Image'
}

/** A cell's text as it looks when nobody writes in it. */
export function drawInline(text: string): DocumentFragment {
  const whole = document.createDocumentFragment()
  const open: Node[] = [whole]
  let at = 0
  const upTo = (position: number): void => {
    if (position > at) open.at(-1)?.appendChild(document.createTextNode(text.slice(at, position)))
    at = Math.max(at, position)
  }
  inline.parse(text).iterate({
    enter(node) {
      const picture = pictureIn(node, text)
      if (picture) {
        upTo(node.from)
        open.at(-1)?.appendChild(picture)
        at = node.to
        return false
      }
      const element = elementOf(node, text)
      const hidden = SIGNS.test(node.name) || (node.name === 'URL' && isPartOfLink(node.node))
      if (!element && !hidden && node.name !== 'Escape') return true
      upTo(node.from)
      if (hidden) at = node.to
      else if (node.name === 'Escape') at = node.from + 1
      if (element) {
        open.at(-1)?.appendChild(element)
        open.push(element)
      }
      return true
    },
    leave(node) {
      if (!elementOf(node, text)) return
      upTo(node.to)
      open.pop()
    },
  })
  upTo(text.length)
  return whole
}

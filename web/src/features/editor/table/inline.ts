import { Language } from '@codemirror/language'
import { markdownLanguage } from '@codemirror/lang-markdown'
import type { SyntaxNode } from '@lezer/common'
import { createPicture } from '@/features/pictures/pictures'
import { parser } from '../parser'
import { pictureIn } from '../picture'

const inline = parser.configure({
  remove: ['LinkReference', 'IndentedCode', 'FencedCode', 'Blockquote', 'HorizontalRule', 'BulletList', 'OrderedList', 'ATXHeading', 'HTMLBlock', 'SetextHeading', 'Table', 'TaskList'],
})

/** The Markdown of a cell, in which no line begins a block. */
export const inlineMarkdown = new Language(markdownLanguage.data, inline, [], 'inline-markdown')

const ELEMENTS: Readonly<Record<string, string>> = { StrongEmphasis: 'strong', Emphasis: 'em', Strikethrough: 's', InlineCode: 'code' }
const SIGNS = /^(EmphasisMark|StrikethroughMark|CodeMark|LinkMark|LinkTitle)$/

function elementOf(node: SyntaxNode, text: string): HTMLElement | null {
  const { name } = node
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

function draw(into: Node & ParentNode, node: SyntaxNode, text: string): void {
  let at = node.from
  const upTo = (position: number): void => {
    if (position > at) into.append(text.slice(at, position))
  }
  for (let child = node.firstChild; child; child = child.nextSibling) {
    upTo(child.from)
    at = child.name === 'Escape' ? child.from + 1 : child.to
    if (child.name === 'Escape' || SIGNS.test(child.name) || (child.name === 'URL' && isPartOfLink(child))) continue
    const picture = pictureIn(child, text)
    if (picture) into.append(createPicture(picture.address, picture.alt))
    else {
      const element = elementOf(child, text)
      if (element) into.append(element)
      draw(element ?? into, child, text)
    }
  }
  upTo(node.to)
}

/** A cell's text as it looks when nobody writes in it. */
export function drawInline(text: string): DocumentFragment {
  const whole = document.createDocumentFragment()
  draw(whole, inline.parse(text).topNode, text)
  return whole
}

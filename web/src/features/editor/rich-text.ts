import { strikethrough, tables } from '@joplin/turndown-plugin-gfm'
import Turndown from 'turndown'

/** What a rich text has to have to be more than text in some font. */
const MEANING = 'h1, h2, h3, h4, h5, h6, ul, ol, table, pre, code, blockquote, hr, a[href], img[src], strong, em, b, i, s, del, strike'
const BLOCKS = 'h1, h2, h3, h4, h5, h6, ul, ol, pre, blockquote, hr, p, div'
/** An element that what is copied out of a note is in, whose Markdown is at hand. */
export const OWN = 'data-notewire'

const turndown = new Turndown({
  headingStyle: 'atx',
  hr: '---',
  bulletListMarker: '-',
  codeBlockStyle: 'fenced',
  emDelimiter: '*',
  strongDelimiter: '**',
})
turndown.use([strikethrough, tables])
turndown.addRule('item', {
  filter: 'li',
  replacement(content, node) {
    const list = node.parentElement
    const ordered = list?.nodeName === 'OL'
    const number = Number(list?.getAttribute('start') ?? 1) + [...(list?.children ?? [])].indexOf(node)
    const marker = ordered ? `${number}. ` : '- '
    const text = content.trim().replace(/^(\[[ x]\])\s+/, '$1 ').replaceAll('\n', `\n${' '.repeat(marker.length)}`)
    return `${marker}${text.replace(/[ \t]+$/gm, '')}${node.nextSibling ? '\n' : ''}`
  },
})
turndown.addRule('box', {
  filter: (node) => node.nodeName === 'INPUT' && node.getAttribute('type') === 'checkbox' && node.closest('li') !== null,
  replacement: (_, node) => (node.hasAttribute('checked') ? '[x] ' : '[ ] '),
})
turndown.addRule('break', { filter: 'br', replacement: () => '\n' })

/** Only what would mean something where it stands: a text full of backslashes is nobody's. */
turndown.escape = (text) =>
  text
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/\*(?=\S)|(?<=\S)\*/g, '\\*')
    .replace(/(?<![\p{L}\p{N}])_(?=\S)|(?<=\S)_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/`/g, '\\`')
    .replace(/\[(?=[^\]]*\]\()/g, '\\[')
    .replace(/^(#{1,6} |[-+] |>|={3,}|~~~)/, '\\$1')
    .replace(/^(\d+)([.)] )/, '$1\\$2')

/**
 * Rich text of a browser, a word processor or a spreadsheet as Markdown; null where it says no more than its plain text.
 * What it embeds, such as pictures of a document, is left out.
 */
export function markdownOf(html: string): string | null {
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  if (body.querySelector(`[${OWN}]`)) return null
  tidy(body)
  if (!body.querySelector(MEANING)) return null
  return turndown.turndown(body).replace(/\u00a0/g, ' ').trim()
}

/** Makes elements of what was said by styles. */
function tidy(body: HTMLElement): void {
  for (const element of body.querySelectorAll('style, script, meta, link, title, template, svg, input:not([type=checkbox])')) element.remove()
  wordLists(body)
  // Google Docs puts all of a text into a `b` that is not bold.
  for (const element of body.querySelectorAll<HTMLElement>('b, strong')) if (/^(normal|400)$/.test(element.style.fontWeight)) element.replaceWith(...element.childNodes)
  for (const span of body.querySelectorAll<HTMLElement>('span, font')) {
    const { fontWeight, fontStyle, textDecoration, textDecorationLine } = span.style
    if (span.closest('h1, h2, h3, h4, h5, h6') === null && (fontWeight === 'bold' || Number(fontWeight) >= 600)) wrap(span, 'strong')
    if (fontStyle === 'italic') wrap(span, 'em')
    if (`${textDecoration} ${textDecorationLine}`.includes('line-through')) wrap(span, 's')
  }
  for (const image of body.querySelectorAll('img')) if (!/^https?:/i.test(image.getAttribute('src') ?? '')) image.remove()
  for (const link of body.querySelectorAll('a')) {
    const address = link.getAttribute('href') ?? ''
    if (!/^(https?|mailto):/i.test(address) || link.textContent.trim() === address) link.replaceWith(...link.childNodes)
  }
  // A list right in a list, as Google Docs and Word write it, belongs to the item before it.
  for (const list of body.querySelectorAll(':is(ul, ol) > :is(ul, ol)')) list.previousElementSibling?.append(list)
  for (const table of body.querySelectorAll('table')) tidyTable(table)
}

function wrap(element: HTMLElement, name: 'strong' | 'em' | 's'): void {
  if (element.textContent.trim() === '') return
  const wrapper = element.ownerDocument.createElement(name)
  wrapper.append(...element.childNodes)
  element.append(wrapper)
}

/** Word writes an item as a paragraph whose style names its list and its level, with the marker as text. */
function wordLists(body: HTMLElement): void {
  let open: HTMLElement[] = []
  let last: Element | null = null
  for (const paragraph of body.querySelectorAll<HTMLElement>('p[style*="mso-list"]')) {
    const level = Number(/level(\d+)/.exec(paragraph.getAttribute('style') ?? '')?.[1] ?? 1)
    const sign = paragraph.querySelector('[style*="mso-list:Ignore"], [style*="mso-list: Ignore"]')
    const ordered = /[\da-z]+[.)]/i.test(sign?.textContent ?? '')
    sign?.remove()
    if (paragraph.previousElementSibling !== last) open = []
    open = open.slice(0, level)
    while (open.length < level) {
      const list = body.ownerDocument.createElement(ordered ? 'ol' : 'ul')
      const holder = open.at(-1)
      if (holder) (holder.lastElementChild ?? holder).append(list)
      else paragraph.before(list)
      open.push(list)
    }
    const item = body.ownerDocument.createElement('li')
    item.append(...paragraph.childNodes)
    open.at(-1)?.append(item)
    paragraph.remove()
    last = open[0] ?? null
  }
}

/** Cells of one line with nothing but their alignment, the first row of them as the heading. */
function tidyTable(table: HTMLTableElement): void {
  for (const columns of table.querySelectorAll('colgroup')) columns.remove()
  for (const part of [table, ...table.querySelectorAll('tr, tbody, thead, tfoot')]) {
    for (const node of [...part.childNodes]) if (node.nodeType !== Node.ELEMENT_NODE) node.remove()
    for (const { name } of [...part.attributes]) part.removeAttribute(name)
  }
  if (!table.querySelector('th')) for (const cell of [...(table.rows[0]?.cells ?? [])]) cell.replaceWith(heading(cell))
  for (const cell of table.querySelectorAll<HTMLElement>('th, td')) {
    const alignment = cell.getAttribute('align') ?? cell.style.textAlign
    for (const { name } of [...cell.attributes]) cell.removeAttribute(name)
    if (/^(left|right|center)$/.test(alignment)) cell.setAttribute('align', alignment)
    for (const block of [...cell.querySelectorAll(`${BLOCKS}, li, br`)].reverse()) block.replaceWith(' ', ...block.childNodes, ' ')
  }
}

function heading(cell: HTMLTableCellElement): HTMLElement {
  const head = cell.ownerDocument.createElement('th')
  for (const { name, value } of [...cell.attributes]) head.setAttribute(name, value)
  head.append(...cell.childNodes)
  return head
}

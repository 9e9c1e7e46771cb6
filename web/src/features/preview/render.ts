import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { isPicture } from '@/features/pictures/pictures'
import { footnotes } from './footnotes'

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number]

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true }).use(footnotes)

const TASK = /^\[([ xX])\]\s+/
/** Blank lines beyond these are not shown. */
const LARGEST_GAP = 5

// Alignment as a class: the Content-Security-Policy blocks style attributes.
parser.core.ruler.push('alignment', ({ tokens }) => {
  for (const token of tokens) {
    const style = token.attrGet('style')
    if (style === null) continue
    token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style')
    token.attrJoin('class', `align-${String(style).replace('text-align:', '').trim()}`)
  }
})

// `- [ ] text` becomes a box that knows its line of the source.
parser.core.ruler.push('tasks', (state) => {
  const { tokens } = state
  tokens.forEach((token, index) => {
    const [item, paragraph] = [tokens[index - 2], tokens[index - 1]]
    if (token.type !== 'inline' || item?.type !== 'list_item_open' || paragraph?.type !== 'paragraph_open') return
    const [first] = token.children ?? []
    const found = first && TASK.exec(first.content)
    if (!found) return
    first.content = first.content.slice(found[0].length)
    const box = new state.Token('task_box', 'input', 0)
    box.attrSet('type', 'checkbox')
    box.attrSet('data-line', String(item.map?.[0] ?? 0))
    box.attrSet('aria-label', token.content.slice(found[0].length) || 'Task')
    if (found[1] !== ' ') box.attrSet('checked', '')
    const place = new state.Token('task_open', 'span', 1)
    place.attrSet('class', 'box')
    token.children?.unshift(place, box, new state.Token('task_close', 'span', -1))
    item.attrJoin('class', found[1] === ' ' ? 'task' : 'task done')
  })
})

// A block stands as far from the one before as it was written: the blank lines above it count.
parser.core.ruler.push('gaps', ({ src, tokens }) => {
  const lines = src.split('\n')
  const isBlank = (line: number): boolean => /^[\s>]*$/.test(lines[line] ?? '')
  let last = -1
  for (const token of tokens) {
    const line = token.map?.[0]
    if (line === undefined || line === last || token.nesting === -1 || token.type === 'inline') continue
    last = line
    let gap = 0
    while (gap < Math.min(line, LARGEST_GAP) && isBlank(line - gap - 1)) gap++
    if (gap > 0) token.attrSet('data-gap', String(gap))
  }
})

// Paragraphs of lists are paragraphs too, and what an item and a heading are made of is seen.
parser.core.ruler.push('looks', ({ tokens }) => {
  for (const token of tokens) {
    if (token.type === 'paragraph_open' || token.type === 'paragraph_close') token.hidden = false
    else if (token.type === 'list_item_open' && token.info) {
      // The number that was typed, also where Markdown would count another.
      token.attrSet('value', token.info)
      if (token.markup === ')') token.attrJoin('class', 'parenthesis')
    }
    else if (token.type === 'heading_open' && !token.markup.startsWith('#')) token.attrJoin('class', 'underlined')
    // Without its usual marker a browser may take it for no list.
    else if (token.type === 'bullet_list_open' || token.type === 'ordered_list_open') token.attrSet('role', 'list')
  }
})

// Each outermost block finds its own direction: an inner one that did would not count for its list's or quotation's.
parser.core.ruler.push('direction', ({ tokens }) => {
  for (const token of tokens) if (token.nesting === 1 && token.level === 0) token.attrSet('dir', 'auto')
})

// What is no picture of the web stays a link.
parser.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]
  const written = String(token?.attrGet('src') ?? '')
  const [address, alt] = [parser.utils.escapeHtml(written), parser.utils.escapeHtml(token?.content ?? '')]
  if (!isPicture(written)) return `<a href="${address}">${alt || address}</a>`
  return `<img class="picture" src="${address}" alt="${alt}" loading="lazy" decoding="async" referrerpolicy="no-referrer">`
}

// Lines are kept as they are: a break beside the line's own end would be two.
parser.renderer.rules.softbreak = () => '\n'
parser.renderer.rules.hardbreak = () => '\n'

parser.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index]
  if (!token) return ''
  const [begin, end] = token.map ?? [0, 0]
  const closed = end - begin === token.content.split('\n').length + 1
  return codeBlock(token, closed ? 'code' : 'code open', `<header>${parser.utils.escapeHtml(token.info.trim())}</header>`, token.info)
}
parser.renderer.rules.code_block = (tokens, index) => {
  const token = tokens[index]
  return token ? codeBlock(token, 'code indented', '') : ''
}

function codeBlock(token: Token, names: string, head: string, info = ''): string {
  token.attrJoin('class', names)
  if (info) token.attrSet('data-info', info)
  return `<div${parser.renderer.renderAttrs(token)}>${head}<pre><code>${parser.utils.escapeHtml(token.content)}</code></pre></div>`
}

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  // Footnotes are within the note.
  if (node.tagName !== 'A' || node.getAttribute('href') === '#') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

/** Markdown as HTML that is safe to show. */
export function render(source: string): string {
  return DOMPurify.sanitize(parser.render(source), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form'],
    FORBID_ATTR: ['style'],
    ADD_ATTR: ['target', 'referrerpolicy', 'decoding'],
  })
}

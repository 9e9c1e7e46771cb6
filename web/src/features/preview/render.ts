import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true })

const TASK = /^\[([ xX])\]\s+/

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
    token.children?.unshift(box)
    item.attrJoin('class', 'task')
  })
})

// Each outermost block finds its own direction: an inner one that did would not count for its list's or quotation's.
parser.core.ruler.push('direction', ({ tokens }) => {
  for (const token of tokens) if (token.nesting === 1 && token.level === 0) token.attrSet('dir', 'auto')
})

// A remote picture would tell its server who reads: it stays a link.
parser.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]
  const address = parser.utils.escapeHtml(String(token?.attrGet('src') ?? ''))
  return `<a href="${address}">${parser.utils.escapeHtml(token?.content ?? '') || address}</a>`
}

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
})

/** Markdown as HTML that is safe to show. */
export function render(source: string): string {
  return DOMPurify.sanitize(parser.render(source), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'img'],
    FORBID_ATTR: ['style'],
    ADD_ATTR: ['target'],
  })
}

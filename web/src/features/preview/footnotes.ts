import type MarkdownIt from 'markdown-it'
import { DEFINITION, footnotesIn, REFERENCE } from '@/features/footnotes/footnotes'

interface Environment {
  footnotes?: ReadonlySet<string>
}

/** Footnotes where they are written, not at the end: what is read is where it was written. */
export function footnotes(parser: InstanceType<typeof MarkdownIt>): void {
  parser.core.ruler.before('block', 'footnotes', ({ src, env }) => {
    ;(env as Environment).footnotes = footnotesIn(src)
  })

  // A paragraph, which would be the definition of a link otherwise.
  parser.block.ruler.before('reference', 'footnote', (state, start, end, silent) => {
    const at = (state.bMarks[start] ?? 0) + (state.tShift[start] ?? 0)
    if (silent || !DEFINITION.test(state.src.slice(at, state.eMarks[start]))) return false
    const terminators = state.md.block.ruler.getRules('paragraph')
    let next = start + 1
    while (next < end && !state.isEmpty(next) && !terminators.some((rule) => rule(state, next, end, true))) next++
    state.line = next
    state.push('paragraph_open', 'p', 1).map = [start, next]
    const inline = state.push('inline', '', 0)
    inline.content = state.getLines(start, next, state.blkIndent, false).trim()
    inline.map = [start, next]
    inline.children = []
    state.push('paragraph_close', 'p', -1)
    return true
  })

  parser.inline.ruler.before('link', 'footnote', (state, silent) => {
    const { src, pos, env } = state
    if (!src.startsWith('[^', pos)) return false
    const text = src.slice(pos, pos + 70)
    const definition = pos === 0 || src[pos - 1] === '\n' ? DEFINITION.exec(text) : null
    const [whole = '', id = ''] = definition ?? REFERENCE.exec(text) ?? []
    if (!definition && !(env as Environment).footnotes?.has(id)) return false
    if (!silent) {
      const token = state.push('footnote', '', 0)
      token.content = id
      token.markup = definition ? 'text' : 'reference'
    }
    state.pos += whole.length
    return true
  })

  parser.renderer.rules.footnote = (tokens, index) => {
    const token = tokens[index]
    const id = parser.utils.escapeHtml(token?.content ?? '')
    const [own, other] = token?.markup === 'text' ? ['text', 'reference'] : ['reference', 'text']
    return `<a class="footnote" href="#" data-footnote-${own}="${id}" data-leads-to="footnote-${other}" aria-label="${own === 'text' ? 'Footnote' : 'To footnote'} ${id}">${id}</a>`
  }
}

/** Goes from a reference to its footnote, and back. */
export function followFootnote(root: HTMLElement, link: HTMLElement): boolean {
  const { leadsTo } = link.dataset
  if (leadsTo === undefined) return false
  const id = link.dataset.footnoteText ?? link.dataset.footnoteReference ?? ''
  root.querySelector<HTMLElement>(`[data-${leadsTo}="${CSS.escape(id)}"]`)?.focus()
  return true
}

import { syntaxTree } from '@codemirror/language'
import { StateField, type EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, showTooltip, type Tooltip } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { titleOf } from '@/features/notes/note'
import { noteAt } from '@/features/notes/note-link'
import { linkTargets } from './completing'

/** The event that asks for a note of this install, with its id. */
export const OPEN_NOTE = 'open-note'

interface Link {
  readonly from: number
  readonly to: number
  readonly address: string
}

const addressOf = (text: string): string => (/^www\./i.test(text) ? `https://${text}` : text)

const isKnown = (address: string): boolean => /^(https?|mailto):/i.test(address) || noteAt(address) !== null

function linkAt(state: EditorState, position: number): Link | null {
  for (const side of [0, 1, -1] as const) {
    for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(position, side); node; node = node.parent) {
      const url = node.name === 'URL' ? node : node.getChild('URL')
      if (!url || !/^(URL|Link|Autolink|Image)$/.test(node.name)) continue
      const address = addressOf(state.sliceDoc(url.from, url.to))
      if (!isKnown(address)) return null
      const whole = node.name === 'URL' && node.parent?.name === 'Link' ? node.parent : node
      return { from: whole.from, to: whole.to, address }
    }
  }
  return null
}

function follow(view: EditorView, address: string): void {
  const note = noteAt(address)
  if (note) view.dom.dispatchEvent(new CustomEvent(OPEN_NOTE, { detail: note, bubbles: true, composed: true }))
  else window.open(address, '_blank', 'noopener,noreferrer')
}

/** Follows an address as it is written, if it leads anywhere. */
export function followAddress(view: EditorView, written: string): void {
  const address = addressOf(written)
  if (isKnown(address)) follow(view, address)
}

function card({ from, address }: Link, state: EditorState): Tooltip {
  const note = noteAt(address)
  const target = state.facet(linkTargets)().find(({ id }) => id === note)
  return {
    pos: from,
    above: false,
    create(view) {
      const dom = document.createElement('div')
      dom.className = 'link-card'
      const link = document.createElement('a')
      link.href = address
      link.target = '_blank'
      link.rel = 'noopener noreferrer'
      link.textContent = note ? titleOf({ title: target?.title ?? '' }) : address
      link.addEventListener('click', (event) => {
        event.preventDefault()
        follow(view, address)
      })
      dom.append(link)
      return { dom }
    },
  }
}

/** Below a link that the caret is at: where it leads, and the way there. Not while it is typed. */
const cards = StateField.define<{ readonly address: string; readonly from: number; readonly tooltip: Tooltip } | null>({
  create: () => null,
  update(shown, { state, docChanged, selection }) {
    if (docChanged) return null
    if (!selection) return shown
    const link = state.selection.main.empty ? linkAt(state, state.selection.main.head) : null
    if (!link) return null
    return shown?.from === link.from && shown.address === link.address ? shown : { ...link, tooltip: card(link, state) }
  },
  provide: (field) => showTooltip.from(field, (shown) => shown?.tooltip ?? null),
})

/** Ctrl or Cmd with a click follows the link under the pointer; Alt+Enter the one at the caret. */
export const links: Extension = [
  cards,
  keymap.of([
    {
      key: 'Alt-Enter',
      run(view) {
        const link = linkAt(view.state, view.state.selection.main.head)
        if (link) follow(view, link.address)
        return link !== null
      },
    },
  ]),
  EditorView.domEventHandlers({
    mousedown(event, view) {
      if (!event.ctrlKey && !event.metaKey) return false
      const position = view.posAtCoords({ x: event.clientX, y: event.clientY })
      const link = position === null ? null : linkAt(view.state, position)
      if (!link) return false
      follow(view, link.address)
      return true
    },
  }),
]

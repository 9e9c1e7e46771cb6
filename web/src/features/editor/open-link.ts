import { syntaxTree } from '@codemirror/language'
import { EditorView } from '@codemirror/view'

/** Ctrl or Cmd with a click follows the link under the pointer. */
export const openLink = EditorView.domEventHandlers({
  mousedown(event, view) {
    if (!event.ctrlKey && !event.metaKey) return false
    const position = view.posAtCoords({ x: event.clientX, y: event.clientY })
    if (position === null) return false
    const address = addressAt(view, position)
    if (!address) return false
    window.open(address, '_blank', 'noopener,noreferrer')
    return true
  },
})

function addressAt(view: EditorView, position: number): string | null {
  for (let node = syntaxTree(view.state).resolveInner(position, 0); ; ) {
    const url = node.name === 'URL' ? node : node.getChild('URL')
    if (url) {
      const text = view.state.sliceDoc(url.from, url.to)
      const address = /^www\./i.test(text) ? `https://${text}` : text
      return /^(https?|mailto):/i.test(address) ? address : null
    }
    if (!node.parent) return null
    node = node.parent
  }
}

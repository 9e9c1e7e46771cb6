import { StateField, type EditorState, type Extension } from '@codemirror/state'
import { keymap, showTooltip, type EditorView, type Tooltip, type TooltipView } from '@codemirror/view'
import { FORMATS } from './commands'
import { isInCode } from './indenting'

const NAME = 'Format what is selected'

function createBar(view: EditorView): HTMLElement {
  const bar = document.createElement('div')
  bar.className = 'selection-bar'
  bar.role = 'toolbar'
  bar.ariaLabel = NAME
  const buttons = FORMATS.map(({ name, sign, keyName, run }, index) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = `format-${index}`
    button.textContent = sign
    button.ariaLabel = name
    button.title = `${name} (${keyName})`
    button.tabIndex = -1
    // The selection stays where it is.
    button.addEventListener('mousedown', (event) => event.preventDefault())
    button.addEventListener('click', () => {
      run(view)
      view.focus()
    })
    return button
  })
  bar.addEventListener('keydown', (event) => {
    const at = buttons.findIndex((button) => button === event.target)
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by !== undefined) buttons.at((at + by) % buttons.length)?.focus()
    else if (event.key === 'Escape') view.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  bar.append(...buttons)
  return bar
}

// One and the same, so that the bar stays while the selection grows.
const create = (view: EditorView): TooltipView => ({ dom: createBar(view) })

function barOf(state: EditorState): Tooltip | null {
  const { main } = state.selection
  const words = state.sliceDoc(main.from, Math.min(main.to, main.from + 500)).trim() !== ''
  return words && !isInCode(state) ? { pos: main.from, end: main.to, above: true, create } : null
}

const bars = StateField.define<Tooltip | null>({
  create: barOf,
  update: (shown, { state, docChanged, selection }) => (docChanged || selection ? barOf(state) : shown),
  provide: (field) => showTooltip.from(field),
})

/** Buttons above what is selected; Alt+F10 goes to them and Escape back, as in other editors. */
export const selectionBar: Extension = [
  bars,
  keymap.of([
    {
      key: 'Alt-F10',
      run(view) {
        const first = view.dom.querySelector<HTMLElement>('.selection-bar button')
        first?.focus()
        return first !== null
      },
    },
  ]),
]

import type { Alignment } from './markdown-table'
import { addColumn, addRow, align, moveColumn, moveRow, removeColumn, removeRow, type Edit } from './edits'

/** What can be done to a table besides writing in its cells. */
export type Action = Edit | 'as-text' | 'delete'

const groups: readonly (readonly (readonly [name: string, action: Action])[])[] = [
  [
    ['Row above', addRow(0)],
    ['Row below', addRow(1)],
    ['Move row up', moveRow(-1)],
    ['Move row down', moveRow(1)],
    ['Delete row', removeRow],
  ],
  [
    ['Column before', addColumn(0)],
    ['Column after', addColumn(1)],
    ['Move column back', moveColumn(-1)],
    ['Move column on', moveColumn(1)],
    ['Delete column', removeColumn],
  ],
  [
    ['Align to the start', align(null satisfies Alignment)],
    ['Align left', align('left')],
    ['Align in the middle', align('center')],
    ['Align right', align('right')],
  ],
  [
    ['Edit as text', 'as-text'],
    ['Delete table', 'delete'],
  ],
]

export interface Menu {
  readonly element: HTMLElement
  readonly open: () => void
}

/** A button with a menu, by the pattern of https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/ */
export function createMenu(act: (action: Action) => void, leave: () => void): Menu {
  const element = document.createElement('div')
  element.className = 'table-menu'
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = '⋯'
  button.ariaLabel = 'Table'
  button.title = 'Rows, columns, alignment (Alt+F10)'
  button.ariaHasPopup = 'menu'
  button.tabIndex = -1
  const list = document.createElement('div')
  list.role = 'menu'
  list.ariaLabel = 'Table'
  const items: HTMLButtonElement[] = []
  for (const group of groups) {
    const part = document.createElement('div')
    part.role = 'group'
    for (const [name, action] of group) {
      const item = document.createElement('button')
      item.type = 'button'
      item.role = 'menuitem'
      item.tabIndex = -1
      item.textContent = name
      item.addEventListener('click', () => {
        show(false)
        leave()
        act(action)
      })
      items.push(item)
      part.append(item)
    }
    list.append(part)
  }
  element.append(button, list)

  function show(open: boolean): void {
    list.hidden = !open
    button.ariaExpanded = String(open)
    if (open) items[0]?.focus()
  }

  // The cell keeps the focus while the button is pressed.
  element.addEventListener('mousedown', (event) => event.preventDefault())
  button.addEventListener('click', () => show(button.ariaExpanded !== 'true'))
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && element.contains(relatedTarget))) show(false)
  })
  list.addEventListener('keydown', (event) => {
    const at = items.findIndex((item) => item === event.target)
    const to = { ArrowDown: (at + 1) % items.length, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (to !== undefined) items.at(to)?.focus()
    else if (event.key === 'Escape' || event.key === 'Tab') {
      show(false)
      leave()
    } else return
    event.preventDefault()
    event.stopPropagation()
  })
  show(false)
  return { element, open: () => show(true) }
}

import { type EditorView, WidgetType } from '@codemirror/view'
import { tick } from './tick'

/** A task's brackets as a box to tick. */
export class TaskBox extends WidgetType {
  constructor(
    private readonly done: boolean,
    private readonly label: string,
  ) {
    super()
  }

  override eq(other: TaskBox): boolean {
    return other.done === this.done && other.label === this.label
  }

  override toDOM(view: EditorView): HTMLElement {
    const holder = document.createElement('span')
    holder.className = 'box'
    const box = document.createElement('input')
    box.type = 'checkbox'
    box.checked = this.done
    box.tabIndex = -1
    box.setAttribute('aria-label', this.label || 'Task')
    // The caret stays where it is.
    holder.addEventListener('mousedown', (event) => event.preventDefault())
    // Around the box too, where a finger meets it.
    holder.addEventListener('click', (event) => {
      event.preventDefault()
      toggleTask(view, view.posAtDOM(holder))
    })
    holder.append(box)
    return holder
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** Ticks or clears the task on the line of the position. */
export function toggleTask(view: EditorView, position: number): boolean {
  const change = tick(view.state, position)
  if (change) view.dispatch(change)
  return change !== null
}

import { EditorView, WidgetType } from '@codemirror/view'
import { createCopyButton } from '@/features/languages/copy-button'

/** At the right end of the line that begins a block of code. */
export class CopyButton extends WidgetType {
  /** Where the code is: in a quotation, or an item of a list, each line has signs before it that do not belong. */
  constructor(private readonly places: readonly { readonly from: number; readonly to: number }[]) {
    super()
  }

  override eq(other: CopyButton): boolean {
    return (
      other.places.length === this.places.length &&
      other.places.every(({ from, to }, index) => from === this.places[index]?.from && to === this.places[index].to)
    )
  }

  override toDOM(view: EditorView): HTMLElement {
    const button = createCopyButton(() => this.places.map(({ from, to }) => view.state.sliceDoc(from, to)).join(''))
    // A text full of code would hold the Tab key for long: what is read has the button for keys.
    button.tabIndex = -1
    return button
  }

  override ignoreEvent(): boolean {
    return true
  }
}

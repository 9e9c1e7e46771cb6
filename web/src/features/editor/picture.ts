import { EditorView, WidgetType } from '@codemirror/view'
import { createPicture } from '@/features/pictures/pictures'

/** A picture of the web where its Markdown is. */
export class Picture extends WidgetType {
  constructor(
    private readonly address: string,
    private readonly alt: string,
  ) {
    super()
  }

  override eq(other: Picture): boolean {
    return other.address === this.address && other.alt === this.alt
  }

  override toDOM(view: EditorView): HTMLElement {
    const holder = document.createElement('span')
    holder.append(createPicture(this.address, this.alt, () => view.requestMeasure()))
    return holder
  }

  /** A click brings the caret, and with it the Markdown. */
  override ignoreEvent(): boolean {
    return false
  }
}

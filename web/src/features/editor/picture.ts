import { EditorView, WidgetType } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { createPicture, isPicture } from '@/features/pictures/pictures'

/** The picture that a node of the tree stands for, if it is one of the web; `at` is where the text begins. */
export function pictureIn(node: SyntaxNode, text: string, at = 0): { readonly address: string; readonly alt: string } | null {
  const url = node.name === 'Image' ? node.getChild('URL') : null
  const address = url ? text.slice(url.from - at, url.to - at) : ''
  return isPicture(address) ? { address, alt: /^!\[([^\]]*)/.exec(text.slice(node.from - at))?.[1] ?? '' } : null
}

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

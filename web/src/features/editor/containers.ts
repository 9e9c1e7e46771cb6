import type { Line } from '@codemirror/state'

/** A quotation, or an item of a list: what begins its lines, and is seen as the distance from the edge. */
export interface Container {
  readonly to: number
  /** Of an item: where its first line begins, and its marker and its text in columns of what it is in. */
  readonly item: { readonly line: number; readonly marker: number; readonly text: number } | null
}

/** How much of the line is the containers' and not its text. https://spec.commonmark.org/0.31.2/#container-blocks */
export function beginning(line: Line, containers: readonly Container[]): number {
  let at = 0
  for (const { item } of containers) {
    const rest = line.text.slice(at)
    if (!item) at += /^\s*> ?/.exec(rest)?.[0].length ?? 0
    else if (item.line === line.from) return at + item.marker
    else at += Math.min(rest.length - rest.trimStart().length, item.text)
  }
  return at
}
